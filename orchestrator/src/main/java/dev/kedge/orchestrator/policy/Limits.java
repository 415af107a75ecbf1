package dev.kedge.orchestrator.policy;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much more may be moved at once, and within the hour. What begins takes its part, and so much again may wait for it to end.
 * Lives within one evaluation.
 */
public final class Limits {
    /** Why something can't begin now. */
    public record Reached(RefusalCode code, String reason) {}

    private final Policy policy;
    private final CellState state;
    private final Taken running = new Taken();
    private final Taken waiting = new Taken();

    /** @param policy the cell's */
    public Limits(CellState state, Policy policy, long nowMillis) {
        this.state = state;
        this.policy = policy;
        running.bytes = state.steering().movedWithinAnHour(nowMillis);
        for (Migration m : state.migrations().values()) {
            if (costs(m.phase())) {
                running.take(new Move(m.plan().from(), m.plan().to(), null));
            }
        }
        for (Proposal p : state.steering().open().values()) {
            Move move = Move.of(p.action());
            if (move == null) {
                continue;
            }
            if (p.status() instanceof Proposal.Running && state.migration(p.migration()) == null) {
                running.take(move);
            } else if (p.status() instanceof Proposal.Approved) {
                waiting.take(move);
                waiting.bytes += p.made().bytes();
            }
        }
    }

    /** The migration an action needs; null where it needs none. */
    public record Move(String from, String to, @Nullable String worker) {
        public static @Nullable Move of(Action action) {
            return switch (action) {
                case Action.SplitAndMove a -> new Move(a.from(), a.to(), a.worker());
                case Action.MoveTablet a -> new Move(a.from(), a.to(), a.worker());
                case Action.MergeSiblings a ->
                    a.leftShard().equals(a.rightShard())
                            ? null
                            : a.moveRight()
                                    ? new Move(a.rightShard(), a.leftShard(), null)
                                    : new Move(a.leftShard(), a.rightShard(), null);
            };
        }
    }

    /** An open rollback window costs next to nothing and may last for hours: it does not count. */
    private static boolean costs(Phase phase) {
        return switch (phase) {
            case PLANNED, COPYING, CATCHING_UP, DUAL_WRITE, VERIFYING, CUTOVER -> true;
            case ROLLBACK_WINDOW, CLEANUP, COMPLETED, ABORTED, ROLLED_BACK -> false;
        };
    }

    /** Begins an action if it may begin: then it is counted from now on, and null is returned. */
    public @Nullable Reached begin(Action action, long bytes) {
        Move move = Move.of(action);
        if (move == null) {
            return null;
        }
        String full = running.full(move);
        Reached reached = full == null ? spent(running.bytes, bytes) : new Reached(RefusalCode.LIMIT, full);
        if (reached == null) {
            running.take(move);
            running.bytes += bytes;
        }
        return reached;
    }

    /**
     * As {@link #begin}, but a tablet that can't move for what runs may wait for that to end, where no others wait yet: then null is returned too.
     * Cuts and merges don't wait: what they are for is known better when they can begin.
     */
    @Nullable
    Reached queue(Action action, long bytes) {
        Reached reached = begin(action, bytes);
        Move move = Move.of(action);
        if (reached == null
                || move == null
                || reached.code() != RefusalCode.LIMIT
                || !(action instanceof Action.MoveTablet)
                || waiting.full(move) != null) {
            return reached;
        }
        Reached spent = spent(running.bytes + waiting.bytes, bytes);
        if (spent == null) {
            waiting.take(move);
            waiting.bytes += bytes;
        }
        return spent;
    }

    /** Why no move at all can begin now, or wait; null if one may. O(1). */
    @Nullable
    Reached full() {
        if (running.cell >= policy.maxMigrationsPerCell() && waiting.cell >= policy.maxMigrationsPerCell()) {
            return new Reached(RefusalCode.LIMIT, running.fullCell());
        }
        return policy.churnBytesPerHour() > 0 && running.bytes >= policy.churnBytesPerHour()
                ? new Reached(
                        RefusalCode.CHURN_BUDGET,
                        running.bytes + " bytes were moved within the hour, which is all of the policy's "
                                + policy.churnBytesPerHour())
                : null;
    }

    /** Whether the shard, or its worker, takes part in as many migrations as may, and in as many that wait. O(1). */
    boolean isBusy(String shard, String worker) {
        return running.isBusy(shard, worker) && waiting.isBusy(shard, worker);
    }

    private @Nullable Reached spent(long moved, long bytes) {
        // A budget smaller than one tablet must not stop everything for ever: the first move of an hour always fits.
        return policy.churnBytesPerHour() > 0 && moved > 0 && moved + bytes > policy.churnBytesPerHour()
                ? new Reached(
                        RefusalCode.CHURN_BUDGET,
                        moved + " bytes were moved within the hour; " + bytes + " more are over the policy's "
                                + policy.churnBytesPerHour())
                : null;
    }

    private @Nullable String workerOf(String shard, @Nullable String newOn) {
        Shard known = state.shard(shard);
        return known == null ? newOn : known.worker();
    }

    /** What is taken of the limits. */
    private final class Taken {
        private final Map<String, Integer> shards = new HashMap<>();
        private final Map<String, Integer> workers = new HashMap<>();
        private int cell;
        private long bytes;

        void take(Move move) {
            cell++;
            shards.merge(move.from(), 1, Integer::sum);
            shards.merge(move.to(), 1, Integer::sum);
            String source = workerOf(move.from(), null);
            String destination = workerOf(move.to(), move.worker());
            if (source != null) {
                workers.merge(source, 1, Integer::sum);
            }
            if (destination != null && !destination.equals(source)) {
                workers.merge(destination, 1, Integer::sum);
            }
        }

        boolean isBusy(String shard, String worker) {
            return shards.getOrDefault(shard, 0) >= policy.maxMigrationsPerShard()
                    || workers.getOrDefault(worker, 0) >= policy.maxMigrationsPerWorker();
        }

        /** Why the move is one too many; null if it is not. */
        @Nullable
        String full(Move move) {
            if (cell >= policy.maxMigrationsPerCell()) {
                return fullCell();
            }
            for (String shard : new String[] {move.from(), move.to()}) {
                if (shards.getOrDefault(shard, 0) >= policy.maxMigrationsPerShard()) {
                    return "shard " + shard + " takes part in " + shards.get(shard)
                            + " migrations, which is the policy's limit";
                }
            }
            for (String worker : new String[] {workerOf(move.from(), null), workerOf(move.to(), move.worker())}) {
                if (worker != null && workers.getOrDefault(worker, 0) >= policy.maxMigrationsPerWorker()) {
                    return "worker " + worker + " takes part in " + workers.get(worker)
                            + " migrations, which is the policy's limit";
                }
            }
            return null;
        }

        String fullCell() {
            return cell + " migrations run in the cell, which is the policy's limit";
        }
    }
}
