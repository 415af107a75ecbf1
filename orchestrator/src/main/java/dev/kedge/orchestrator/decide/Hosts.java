package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who may take a shard, and who of them has the least to do. The same inputs give the same choice. */
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
}
