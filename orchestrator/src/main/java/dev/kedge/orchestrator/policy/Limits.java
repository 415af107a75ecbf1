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

/** How much more may be moved at once, and within the hour. What is begun takes its part. Lives within one evaluation. */
public final class Limits {
    /** Why something can't begin now. */
    public record Reached(RefusalCode code, String reason) {}

    private final Policy policy;
    private final CellState state;
    private final Map<String, Integer> shards = new HashMap<>();
    private final Map<String, Integer> workers = new HashMap<>();
    private int cell;
    private long moved;

    /** @param policy the cell's */
    public Limits(CellState state, Policy policy, long nowMillis) {
        this.state = state;
        this.policy = policy;
        moved = state.steering().movedWithinAnHour(nowMillis);
        for (Migration m : state.migrations().values()) {
            if (costs(m.phase())) {
                count(m.plan().from(), m.plan().to(), null);
            }
        }
        for (Proposal p : state.steering().open().values()) {
            if (p.status() instanceof Proposal.Running && state.migration(p.migration()) == null) {
                Move move = Move.of(p.action());
                if (move != null) {
                    count(move.from(), move.to(), move.worker());
                }
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

    /** Whether a migration in that phase counts: an open rollback window costs next to nothing and may last for hours. */
    public static boolean costs(Phase phase) {
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
        Reached reached = reached(move, bytes);
        if (reached == null) {
            count(move.from(), move.to(), move.worker());
            moved += bytes;
        }
        return reached;
    }

    /** Why no move at all can begin now; null if one may. O(1). */
    @Nullable
    Reached full() {
        if (cell >= policy.maxMigrationsPerCell()) {
            return new Reached(RefusalCode.LIMIT, cell + " migrations run in the cell, which is the policy's limit");
        }
        return policy.churnBytesPerHour() > 0 && moved >= policy.churnBytesPerHour()
                ? new Reached(
                        RefusalCode.CHURN_BUDGET,
                        moved + " bytes were moved within the hour, which is all of the policy's "
                                + policy.churnBytesPerHour())
                : null;
    }

    /** Whether the shard, or its worker, takes part in as many migrations as may. O(1). */
    boolean isBusy(String shard, String worker) {
        return shards.getOrDefault(shard, 0) >= policy.maxMigrationsPerShard()
                || workers.getOrDefault(worker, 0) >= policy.maxMigrationsPerWorker();
    }

    private @Nullable Reached reached(Move move, long bytes) {
        if (cell >= policy.maxMigrationsPerCell()) {
            return new Reached(RefusalCode.LIMIT, cell + " migrations run in the cell, which is the policy's limit");
        }
        for (String shard : new String[] {move.from(), move.to()}) {
            if (shards.getOrDefault(shard, 0) >= policy.maxMigrationsPerShard()) {
                return new Reached(
                        RefusalCode.LIMIT,
                        "shard " + shard + " takes part in " + shards.get(shard)
                                + " migrations, which is the policy's limit");
            }
        }
        for (String worker : new String[] {workerOf(move.from(), null), workerOf(move.to(), move.worker())}) {
            if (worker != null && workers.getOrDefault(worker, 0) >= policy.maxMigrationsPerWorker()) {
                return new Reached(
                        RefusalCode.LIMIT,
                        "worker " + worker + " takes part in " + workers.get(worker)
                                + " migrations, which is the policy's limit");
            }
        }
        // A budget smaller than one tablet must not stop everything for ever: the first move of an hour always fits.
        if (policy.churnBytesPerHour() > 0 && moved > 0 && moved + bytes > policy.churnBytesPerHour()) {
            return new Reached(
                    RefusalCode.CHURN_BUDGET,
                    moved + " bytes were moved within the hour; " + bytes + " more are over the policy's "
                            + policy.churnBytesPerHour());
        }
        return null;
    }

    private void count(String from, String to, @Nullable String newOn) {
        cell++;
        shards.merge(from, 1, Integer::sum);
        shards.merge(to, 1, Integer::sum);
        String source = workerOf(from, null);
        String destination = workerOf(to, newOn);
        if (source != null) {
            workers.merge(source, 1, Integer::sum);
        }
        if (destination != null && !destination.equals(source)) {
            workers.merge(destination, 1, Integer::sum);
        }
    }

    private @Nullable String workerOf(String shard, @Nullable String newOn) {
        Shard known = state.shard(shard);
        return known == null ? newOn : known.worker();
    }
}
