package dev.kedge.orchestrator.model;

import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The read model: the same fold as the control plane's, fed from the events topic, with each migration's history. What the CLI shows and
 * the audit checks. Not thread-safe.
 */
public final class CellView {
    private CellState state = CellState.EMPTY;
    private final Map<String, List<EventEnvelope>> histories = new LinkedHashMap<>();

    /** Splits and merges of one input: they belong to the migration that the same input opens. */
    private final List<EventEnvelope> layout = new ArrayList<>();

    /**
     * Applies the next event. One that was applied before (read again after a reconnect) changes nothing.
     *
     * @throws ImpossibleHistoryException if events are missing or contradict each other; the view stays as it was
     */
    public void apply(EventEnvelope envelope) {
        if (envelope.sequence() < state.nextSequence()) {
            return;
        }
        state = Evolution.evolve(state, envelope);
        if (!layout.isEmpty() && !layout.get(0).cause().equals(envelope.cause())) {
            layout.clear();
        }
        if (envelope.event() instanceof Event.OfMigration e) {
            List<EventEnvelope> history = histories.computeIfAbsent(e.migration(), id -> new ArrayList<>(layout));
            history.add(envelope);
        } else if (envelope.event() instanceof Event.TabletSplit || envelope.event() instanceof Event.TabletsMerged) {
            layout.add(envelope);
        }
    }

    public CellState state() {
        return state;
    }

    /** All events of a migration, each with its cause, the splits that prepared it included; empty if it is unknown. */
    public List<EventEnvelope> history(String migration) {
        return Collections.unmodifiableList(histories.getOrDefault(migration, List.of()));
    }

    /** Ids of all migrations ever planned, oldest first. */
    public List<String> migrations() {
        return List.copyOf(histories.keySet());
    }
}
