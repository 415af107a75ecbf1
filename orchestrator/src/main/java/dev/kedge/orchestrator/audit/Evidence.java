package dev.kedge.orchestrator.audit;

import dev.kedge.orchestrator.audit.Finding.Kind;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.ImpossibleHistoryException;
import dev.kedge.orchestrator.model.Projection;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What three topics say of one cell, and whether they say the same: the events, folded with the very {@link Evolution} that the control
 * plane uses; the routing topic; and what the control plane restores its own state from. May be asked at any time, and go on afterwards;
 * not thread-safe.
 */
public final class Evidence {
    private CellState state = CellState.EMPTY;
    private @Nullable Finding impossible;
    private final List<EventEnvelope> events = new ArrayList<>();
    private final Set<RoutingChange> explained = new HashSet<>();
    private final Map<RoutingKey, RoutingRecord> routing = new LinkedHashMap<>();
    private final Map<Long, RoutingChange> routingHistory = new TreeMap<>();
    private final Map<Long, EventEnvelope> stored = new TreeMap<>();

    /** The next record of the events topic. */
    public void event(EventEnvelope envelope) {
        events.add(envelope);
        if (impossible != null) {
            return;
        }
        CellState before = state;
        try {
            state = Evolution.evolve(before, envelope);
        } catch (ImpossibleHistoryException e) {
            impossible = new Finding(
                    Kind.IMPOSSIBLE_HISTORY,
                    String.valueOf(envelope.sequence()),
                    String.valueOf(e.getMessage()),
                    String.valueOf(envelope));
            return;
        }
        explained.addAll(Projection.changes(before, envelope.event(), state));
    }

    /** The next record of the routing topic; {@code record} null for a tombstone. */
    public void routing(long offset, RoutingKey key, @Nullable RoutingRecord record) {
        routingHistory.put(offset, new RoutingChange(key, record));
        if (record == null) {
            routing.remove(key);
        } else {
            routing.put(key, record);
        }
    }

    /** The next record of what the control plane restores its state from. */
    public void stored(long sequence, EventEnvelope envelope) {
        stored.put(sequence, envelope);
    }

    /** The fold of the events so far, up to one that is impossible. */
    public CellState state() {
        return state;
    }

    /** How many events there are. */
    public long events() {
        return events.size();
    }

    /** Records of the routing topic in force. */
    public int routes() {
        return routing.size();
    }

    /** Everything that is not as the events say; empty if all agree. */
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        if (impossible != null) {
            findings.add(impossible);
        } else {
            compareRouting(findings);
            routingHistory.forEach((offset, change) -> {
                if (!explained.contains(change)) {
                    findings.add(new Finding(
                            Kind.ROUTING_UNEXPLAINED,
                            change.key() + " at offset " + offset,
                            null,
                            String.valueOf(change.record())));
                }
            });
        }
        compareStored(findings);
        return findings;
    }

    private void compareRouting(List<Finding> findings) {
        Map<RoutingKey, RoutingRecord> expected = new LinkedHashMap<>();
        for (RoutingRecord record : Projection.all(state)) {
            expected.put(record.key(), record);
        }
        Set<RoutingKey> keys = new HashSet<>(expected.keySet());
        keys.addAll(routing.keySet());
        for (RoutingKey key : keys) {
            compare(findings, Kind.ROUTING_DIFFERS, key.toString(), expected.get(key), routing.get(key));
        }
    }

    private void compareStored(List<Finding> findings) {
        Map<Long, EventEnvelope> left = new HashMap<>(stored);
        for (EventEnvelope event : events) {
            compare(
                    findings,
                    Kind.STATE_DIFFERS,
                    String.valueOf(event.sequence()),
                    event,
                    left.remove(event.sequence()));
        }
        left.forEach((sequence, event) -> compare(findings, Kind.STATE_DIFFERS, String.valueOf(sequence), null, event));
    }

    private static void compare(
            List<Finding> findings, Kind kind, String subject, @Nullable Object expected, @Nullable Object found) {
        if (!Objects.equals(expected, found)) {
            findings.add(new Finding(
                    kind,
                    subject,
                    expected == null ? null : expected.toString(),
                    found == null ? null : found.toString()));
        }
    }
}
