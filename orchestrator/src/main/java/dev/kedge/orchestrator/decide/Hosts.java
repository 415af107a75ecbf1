package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who may take a shard or a tablet, and who of them has the least to do. The same inputs give the same choice. */
final class Hosts {
    private final ControlPlaneSettings settings;

    Hosts(ControlPlaneSettings settings) {
        this.settings = settings;
    }

    /** Why nothing may be given to the worker now; null if it may. */
    @Nullable
    String whyNot(Draft draft, Worker worker) {
        if (worker.lost()) {
            return worker.name() + " is lost";
        }
        String drain = switch (worker.service()) {
            case Worker.InUse u -> null;
            case Worker.Draining d -> worker.name() + " is being drained";
            case Worker.Drained d -> worker.name() + " is drained";
        };
        if (drain != null) {
            return drain;
        }
        return isThere(draft, worker) ? null : worker.name() + " is silent";
    }

    private boolean isThere(Draft draft, Worker worker) {
        return !worker.lost() && draft.seen().isFresh(worker.name(), settings.heartbeatTimeoutMillis());
    }

    /**
     * The worker with the fewest shards, then the fewest bytes; null if none may take one. One that is drained, or is to be, takes it only if
     * nobody else can: its tablets leave it again, but until then they are served.
     */
    @Nullable
    Worker forShard(Draft draft, Collection<String> except) {
        Map<String, Integer> shards = new HashMap<>();
        for (Shard shard : draft.state().shards().values()) {
            shards.merge(shard.worker(), 1, Integer::sum);
        }
        return draft.state().workers().values().stream()
                .filter(w -> !except.contains(w.name()) && isThere(draft, w))
                .min(Comparator.comparing((Worker w) -> whyNot(draft, w) != null)
                        .thenComparingInt(w -> shards.getOrDefault(w.name(), 0))
                        .thenComparingLong(w -> draft.seen().bytes(w.name()))
                        .thenComparing(Worker::name))
                .orElse(null);
    }

    /** "w1 is being drained, w2 is silent": why there is none. */
    String whyNone(Draft draft, Collection<String> except) {
        List<String> reasons = draft.state().workers().values().stream()
                .map(w -> {
                    String why = whyNot(draft, w);
                    return why == null ? w.name() + " has failed with it" : why;
                })
                .toList();
        return String.join(", ", reasons);
    }

    /**
     * Serving shards on other workers that may take a tablet, the best first: those of the worker with the fewest tablets, then the fewest
     * bytes. A tablet on its way somewhere counts there.
     */
    List<Shard.Assigned> forTablet(Draft draft, String from) {
        CellState state = draft.state();
        Map<String, Integer> byShard = tablets(state);
        Map<String, Integer> byWorker = new HashMap<>();
        for (Shard shard : state.shards().values()) {
            byWorker.merge(shard.worker(), byShard.getOrDefault(shard.name(), 0), Integer::sum);
        }
        return state.shards().values().stream()
                .filter(s -> s instanceof Shard.Assigned)
                .map(s -> (Shard.Assigned) s)
                .filter(s -> !s.worker().equals(from) && draft.seen().serves(s.worker(), s.name(), s.epoch()))
                .filter(s -> {
                    Worker worker = state.worker(s.worker());
                    return worker != null && whyNot(draft, worker) == null;
                })
                .sorted(Comparator.comparingInt((Shard.Assigned s) -> byWorker.getOrDefault(s.worker(), 0))
                        .thenComparingLong(s -> draft.seen().bytes(s.worker()))
                        .thenComparing(Shard.Assigned::worker)
                        .thenComparingInt(s -> byShard.getOrDefault(s.name(), 0))
                        .thenComparing(Shard.Assigned::name))
                .toList();
    }

    /** Tablets by the shard that owns them, or will. */
    private static Map<String, Integer> tablets(CellState state) {
        Map<String, Integer> counts = new HashMap<>();
        for (var keyspace : state.keyspaces().values()) {
            for (Tablet tablet : keyspace.tablets().values()) {
                Migration m =
                        tablet.migration() == null ? null : state.migrations().get(tablet.migration());
                counts.merge(
                        m == null
                                ? tablet.shard()
                                : m.isReturning() ? m.plan().from() : m.plan().to(),
                        1,
                        Integer::sum);
            }
        }
        return counts;
    }
}
