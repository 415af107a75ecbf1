package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Projection;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole control plane as one function: an input in; the next state, events and routing records out. The Streams processor and the
 * simulator are shells around it. Immutable; a step gives a new one.
 */
public final class ControlPlane {
    private final Decider decider;
    private final CellState state;
    private final Observations observations;

    private ControlPlane(Decider decider, CellState state, Observations observations) {
        this.decider = decider;
        this.state = state;
        this.observations = observations;
    }

    /** A control plane that has just (re)started: it knows what was decided, and has seen nothing. */
    public static ControlPlane of(Decider decider, CellState state) {
        return new ControlPlane(decider, state, Observations.NONE);
    }

    /**
     * What one input leads to. Events and routing records must become visible together, in the order given, in the transaction that also
     * consumes the input; {@code next} is valid only once it commits.
     */
    public record Step(ControlPlane next, List<EventEnvelope> events, List<RoutingChange> routing) {}

    public CellState state() {
        return state;
    }

    public Observations observations() {
        return observations;
    }

    /** @throws dev.kedge.orchestrator.model.ImpossibleHistoryException if the state contradicts itself: stop the process */
    public Step step(Input input) {
        Decision decision = decider.decide(state, observations, input);
        List<Event> decided = switch (decision) {
            case Decision.Accepted a -> a.events();
            case Decision.Rejected r ->
                List.of(new Event.CommandRejected(r.code().name(), r.reason()));
        };
        Observations seen = decision.observations();
        CellState after = state;
        List<EventEnvelope> events = new ArrayList<>(decided.size());
        List<RoutingChange> routing = new ArrayList<>();
        for (Event event : decided) {
            EventEnvelope envelope =
                    new EventEnvelope(after.nextSequence(), seen.nowMillis(), input.cause(), input.principal(), event);
            CellState before = after;
            after = Evolution.evolve(before, envelope);
            events.add(envelope);
            routing.addAll(Projection.changes(before, event, after));
        }
        return new Step(new ControlPlane(decider, after, seen), events, routing);
    }
}
