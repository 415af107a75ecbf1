package dev.kedge.orchestrator.model;

import dev.kedge.model.ImportBase;

/** One replication within a migration: the way there or the way back. Every new one has a higher attempt (R6). */
public sealed interface Leg {
    int attempt();

    ImportBase base();

    /** Offset in the followed log at which the replay starts. */
    long sourceFrom();

    /** The destination follows the source, from nothing. */
    record Forward(int attempt, Effort effort) implements Leg {
        Forward(int attempt) {
            this(attempt, Effort.NONE);
        }

        Forward with(Effort more) {
            return new Forward(attempt, more);
        }

        @Override
        public ImportBase base() {
            return ImportBase.FRESH;
        }

        @Override
        public long sourceFrom() {
            return 0;
        }
    }

    /**
     * After the cutover: the former owner follows the new one.
     *
     * @param untilMillis when the rollback window ends
     */
    record Reverse(int attempt, ImportBase base, long sourceFrom, long untilMillis) implements Leg {}

    /**
     * What this attempt has taken so far. Each remedy is tried once, so an attempt that does not converge ends.
     *
     * @param limitLifted the copy's limit no longer counts
     * @param braked a dual-write was begun although the replica was far behind
     * @param dualWritesLost to a silent replica
     */
    record Effort(boolean limitLifted, boolean braked, int dualWritesLost) {
        static final Effort NONE = new Effort(false, false, 0);
    }

    default boolean isReverse() {
        return this instanceof Reverse;
    }
}
