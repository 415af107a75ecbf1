package dev.kedge.simulation;

import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.List;

/** Verification is the last line of defence, not the first: nobody damages a copy here, so the two sides' digests never differ. */
final class CopiesAgree extends Invariant {
    @Override
    void decided(List<EventEnvelope> events, List<RoutingChange> routing) {
        for (EventEnvelope event : events) {
            if (event.event() instanceof Event.DivergenceFound found) {
                throw violated("the copies differ at one marker: " + found);
            }
        }
    }
}
