package dev.kedge.orchestrator.model;

import dev.kedge.model.Phase;
import dev.kedge.schemas.event.Event.CleanupCause;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a migration stands: one record per state, holding what is valid in it and nothing else. */
public sealed interface MigrationState {
    Phase phase();

    /** States with a replication (or its remains) to tell the workers about. */
    sealed interface Active extends MigrationState {
        Leg leg();

        /** The last verification round of this leg; 0 before the first. */
        int round();
    }

    /** The commit point is passed, the new owner does not serve yet. */
    sealed interface Switching extends Active {
        long predictedStallMicros();

        @Override
        default Phase phase() {
            return Phase.CUTOVER;
        }
    }

    /** The end. */
    sealed interface Terminal extends MigrationState {}

    record Planned(boolean paused) implements MigrationState {
        @Override
        public Phase phase() {
            return Phase.PLANNED;
        }
    }

    record Copying(Leg.Forward leg, boolean paused) implements Active {
        @Override
        public int round() {
            return 0;
        }

        @Override
        public Phase phase() {
            return Phase.COPYING;
        }
    }

    /** The replica is near; on the way back this is a rollback that waits for the former owner to be near. */
    record CatchingUp(Leg leg, int round, boolean paused) implements Active {
        @Override
        public Phase phase() {
            return Phase.CATCHING_UP;
        }
    }

    record DualWriting(Leg.Forward leg, int round, long sinceMillis) implements Active {
        @Override
        public Phase phase() {
            return Phase.DUAL_WRITE;
        }
    }

    /**
     * Both sides digest the range at the marker of {@code round}.
     *
     * @param detailBuckets buckets found different in the round before, whose keys this round lists; empty otherwise
     * @param sinceMillis when the round began
     */
    record Verifying(Leg leg, int round, List<Integer> detailBuckets, long sinceMillis) implements Active {
        public Verifying {
            detailBuckets = List.copyOf(detailBuckets);
        }

        @Override
        public Phase phase() {
            return Phase.VERIFYING;
        }
    }

    /** The digests of {@code round} were equal; since then the cutover waits for a predicted stall within the budget. */
    record Verified(Leg leg, int round, long sinceMillis) implements Active {
        @Override
        public Phase phase() {
            return Phase.VERIFYING;
        }
    }

    /** The cutover's routing record is written; its version is not known here yet. */
    record CuttingOver(Leg leg, int round, long predictedStallMicros) implements Switching {}

    /** The cutover's version is known; the former owner fences. */
    record Fencing(Leg leg, int round, long predictedStallMicros, long version) implements Switching {}

    /** The former owner's fence stands in its log; the new owner reads up to it. */
    record Fenced(Leg leg, int round, long predictedStallMicros, long version, long fenceOffset) implements Switching {}

    /** The new owner serves, its ImportCompleted at {@code offset}. Followed by the window or the cleanup at once. */
    record Served(Leg leg, int round, long predictedStallMicros, long version, long offset) implements Switching {}

    /**
     * The former owner follows the new one, so that the way back stays open.
     *
     * @param broken why the way back is closed for good; null while it is open
     */
    record RollbackWindow(
            Leg.Reverse leg,
            int round,
            boolean paused,
            @Nullable String broken) implements Active {
        @Override
        public Phase phase() {
            return Phase.ROLLBACK_WINDOW;
        }
    }

    /** {@code shard} removes its rows of the range. */
    record CleaningUp(Leg leg, int round, String shard, CleanupCause cause, String reason) implements Active {
        @Override
        public Phase phase() {
            return Phase.CLEANUP;
        }
    }

    record Completed(long evictedRows) implements Terminal {
        @Override
        public Phase phase() {
            return Phase.COMPLETED;
        }
    }

    record Aborted(String reason) implements Terminal {
        @Override
        public Phase phase() {
            return Phase.ABORTED;
        }
    }

    record RolledBack(String reason) implements Terminal {
        @Override
        public Phase phase() {
            return Phase.ROLLED_BACK;
        }
    }
}
