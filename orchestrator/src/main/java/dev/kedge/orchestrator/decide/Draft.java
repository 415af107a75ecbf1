package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decision in the making: each event is folded at once, so that what comes next sees it. Lives within one call of the decider. */
final class Draft {
    private final Input input;
    private final List<Event> events = new ArrayList<>();
    private CellState state;
    private Observations seen;

    Draft(CellState state, Observations seen, Input input) {
        this.state = state;
        this.seen = seen.at(input.timeMillis());
        this.input = input;
    }

    CellState state() {
        return state;
    }

    Observations seen() {
        return seen;
    }

    long nowMillis() {
        return seen.nowMillis();
    }

    List<Event> events() {
        return events;
    }

    void see(Observations more) {
        seen = more;
    }

    /** @throws dev.kedge.orchestrator.model.ImpossibleHistoryException if the decider is wrong */
    void emit(Event event) {
        state = Evolution.evolve(state, envelope(state.nextSequence(), event));
        events.add(event);
        if (event instanceof Event.ReadReplicaRemoved e) {
            seen = seen.without(e.replica());
        }
        seen = seen.after(event);
        if (event instanceof Event.OfMigration e) {
            Migration migration = state.migration(e.migration());
            if (migration == null || migration.isTerminal()) {
                seen = seen.without(e.migration());
            }
        }
    }

    EventEnvelope envelope(long sequence, Event event) {
        return new EventEnvelope(sequence, nowMillis(), input.cause(), input.principal(), event);
    }

    /** The migration if it is not over. */
    @Nullable
    Migration running(String migration) {
        return state.migrations().get(migration);
    }

    Decision accepted() {
        return new Decision.Accepted(events, seen);
    }
}
