package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.Steering.Subject;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a policy comes to. */
public sealed interface Verdict {
    PolicyKind policy();

    /** In plain words. */
    String reason();

    /** The numbers it came from. */
    List<Figure> figures();

    /**
     * Something should be done.
     *
     * @param bytes how much data is to move
     * @param etaMillis how long that should take
     * @param before imbalance of the cell without it, see {@link Balance}
     * @param after and with it
     */
    record Wanted(
            PolicyKind policy,
            Action action,
            String reason,
            List<Figure> figures,
            long bytes,
            long etaMillis,
            double before,
            double after)
            implements Verdict {
        public Wanted {
            figures = List.copyOf(figures);
        }

        Wanted moving(long otherBytes, long otherEtaMillis) {
            return new Wanted(policy, action, reason, figures, otherBytes, otherEtaMillis, before, after);
        }
    }

    /**
     * There is a need, and nothing is to be done.
     *
     * @param shard the shard concerned; with neither shard nor tablet it is about the cell
     * @param key position of the hot key, if one key is the load
     */
    record Refused(
            PolicyKind policy,
            @Nullable String shard,
            @Nullable String keyspace,
            @Nullable Bytes start,
            RefusalCode code,
            @Nullable Bytes key,
            String reason,
            List<Figure> figures)
            implements Verdict {
        public Refused {
            figures = List.copyOf(figures);
        }

        public Subject subject() {
            return Subject.of(policy, shard, keyspace, start);
        }

        public Event.PolicyRefused event() {
            return new Event.PolicyRefused(policy, shard, keyspace, start, code.name(), key, reason, figures);
        }
    }
}
