package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Plan;
import dev.kedge.orchestrator.model.Shard;
import org.jspecify.annotations.Nullable;

/** Whether a planned migration may begin to copy. */
final class Admission {
    private Admission() {}

    /** Why the migration has to wait; null if it need not. */
    static @Nullable String whyNot(CellState state, Observations seen, ControlPlaneSettings settings, Migration m) {
        Plan plan = m.plan();
        if (m.paused()) {
            return "it is paused";
        }
        if (!(state.shard(plan.from()) instanceof Shard.Assigned from)) {
            return "the source " + plan.from() + " is not assigned to a worker";
        }
        if (!(state.shard(plan.to()) instanceof Shard.Assigned to)) {
            return "the destination " + plan.to() + " is not assigned to a worker";
        }
        if (!seen.isFresh(to.worker(), settings.heartbeatTimeoutMillis())) {
            return "the worker " + to.worker() + " of the destination is silent";
        }
        if (!seen.serves(to.worker(), to.name(), to.epoch())) {
            return "the destination " + to.name() + " does not serve yet";
        }
        return overLimit(state, settings, from, to);
    }

    static @Nullable String overLimit(
            CellState state, ControlPlaneSettings settings, Shard.Assigned from, Shard.Assigned to) {
        int cell = 0;
        int fromShard = 0;
        int toShard = 0;
        int fromWorker = 0;
        int toWorker = 0;
        for (Migration other : state.migrations().values()) {
            if (costs(other)) {
                cell++;
                fromShard += count(touches(other, from.name()));
                toShard += count(touches(other, to.name()));
                fromWorker += count(touchesWorker(state, other, from.worker()));
                toWorker += count(touchesWorker(state, other, to.worker()));
            }
        }
        if (cell >= settings.maxMigrationsPerCell()) {
            return cell + " migrations are running in this cell, which is the limit";
        }
        if (Math.max(fromShard, toShard) >= settings.maxMigrationsPerShard()) {
            return "its shards take part in as many migrations as they may";
        }
        if (Math.max(fromWorker, toWorker) >= settings.maxMigrationsPerWorker()) {
            return "its workers take part in as many migrations as they may";
        }
        return null;
    }

    /** Why nothing more can leave a shard now, wherever it would go; null if something may. */
    static @Nullable String overLimit(CellState state, ControlPlaneSettings settings, Shard.Assigned from) {
        return overLimit(state, settings, from, from);
    }

    /** An open rollback window costs next to nothing and may last for hours: it does not count. */
    private static boolean costs(Migration m) {
        return switch (m.phase()) {
            case COPYING, CATCHING_UP, DUAL_WRITE, VERIFYING, CUTOVER -> true;
            case PLANNED, ROLLBACK_WINDOW, CLEANUP, COMPLETED, ABORTED, ROLLED_BACK -> false;
        };
    }

    private static boolean touches(Migration m, String shard) {
        return m.plan().from().equals(shard) || m.plan().to().equals(shard);
    }

    private static boolean touchesWorker(CellState state, Migration m, String worker) {
        return isOn(state.shard(m.plan().from()), worker)
                || isOn(state.shard(m.plan().to()), worker);
    }

    private static boolean isOn(@Nullable Shard shard, String worker) {
        return shard != null && shard.worker().equals(worker);
    }

    private static int count(boolean yes) {
        return yes ? 1 : 0;
    }
}
