package dev.kedge.orchestrator.model;

import dev.kedge.model.ImportBase;

/** One replication within a migration: the way there or the way back. Every new one has a higher attempt (R6). */
public sealed interface Leg {
    int attempt();

    ImportBase base();

    /** Offset in the followed log at which the replay starts. */
    long sourceFrom();

    /** The destination follows the source, from nothing. */
    record Forward(int attempt) implements Leg {
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

    default boolean isReverse() {
        return this instanceof Reverse;
    }
}
