package dev.kedge.simulation.cluster;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds what runs at once, and what was moved within an hour, against the policy: counted anew, from the state and the events alone. */
final class LimitCheck {
    /** The control plane keeps its budget by whole minutes, so its hour may be up to a minute short. */
    private static final long BUDGET_MILLIS = 59 * 60_000L;

    private final Policy policy;
    private final ControlPlaneSettings settings;
    private final Deque<Begun> begun = new ArrayDeque<>();
    private long moved;
    private int mostInCell;

    private record Begun(long atMillis, long bytes) {}

    LimitCheck(Policy policy, ControlPlaneSettings settings) {
        this.policy = policy;
        this.settings = settings;
    }

    int mostInCell() {
        return mostInCell;
    }

    /** Returns what is over a limit after the event; null if nothing is. */
    @Nullable
    String violation(Event event, CellState state, long nowMillis) {
        if (event instanceof Event.ProposalStarted e) {
            return overBudget(e.bytes(), nowMillis);
        }
        if (!(event instanceof Event.MigrationPlanned planned)) {
            return null;
        }
        // An operator's migrations, a drain's among them, keep to the control plane's own limits.
        return Proposal.ofMigration(planned.migration()) == null
                ? overLimit(
                        state,
                        settings.maxMigrationsPerShard(),
                        settings.maxMigrationsPerWorker(),
                        settings.maxMigrationsPerCell())
                : overLimit(
                        state,
                        policy.maxMigrationsPerShard(),
                        policy.maxMigrationsPerWorker(),
                        policy.maxMigrationsPerCell());
    }

    private @Nullable String overBudget(long bytes, long nowMillis) {
        while (!begun.isEmpty() && begun.getFirst().atMillis <= nowMillis - BUDGET_MILLIS) {
            moved -= begun.removeFirst().bytes;
        }
        boolean first = moved == 0;
        begun.addLast(new Begun(nowMillis, bytes));
        moved += bytes;
        return !first && moved > policy.churnBytesPerHour()
                ? moved + " bytes moved within the hour, more than " + policy.churnBytesPerHour()
                : null;
    }

    private @Nullable String overLimit(CellState state, int perShard, int perWorker, int perCell) {
        int cell = 0;
        Map<String, Integer> shards = new HashMap<>();
        Map<String, Integer> workers = new HashMap<>();
        for (Migration m : state.migrations().values()) {
            if (!isUnderWay(m.phase())) {
                continue;
            }
            cell++;
            Set<String> on = new HashSet<>();
            for (String shard : new String[] {m.plan().from(), m.plan().to()}) {
                shards.merge(shard, 1, Integer::sum);
                Shard known = state.shard(shard);
                if (known != null) {
                    on.add(known.worker());
                }
            }
            on.forEach(w -> workers.merge(w, 1, Integer::sum));
        }
        mostInCell = Math.max(mostInCell, cell);
        if (cell > perCell) {
            return cell + " migrations in the cell";
        }
        for (var shard : shards.entrySet()) {
            if (shard.getValue() > perShard) {
                return shard.getValue() + " migrations at shard " + shard.getKey();
            }
        }
        for (var worker : workers.entrySet()) {
            if (worker.getValue() > perWorker) {
                return worker.getValue() + " migrations at worker " + worker.getKey();
            }
        }
        return null;
    }

    private static boolean isUnderWay(Phase phase) {
        return switch (phase) {
            case PLANNED, COPYING, CATCHING_UP, DUAL_WRITE, VERIFYING, CUTOVER -> true;
            case ROLLBACK_WINDOW, CLEANUP, COMPLETED, ABORTED, ROLLED_BACK -> false;
        };
    }
}
