package dev.kedge.orchestrator.decide;

import dev.kedge.schemas.event.Event;
import java.util.List;

/** The answer to an {@link Input}. */
public sealed interface Decision {
    /** What has been seen, the input included; a restart may lose it. */
    Observations observations();

    /** @param events in order; none if the input decides nothing */
    record Accepted(List<Event> events, Observations observations) implements Decision {
        public Accepted {
            events = List.copyOf(events);
        }
    }

    /**
     * A command that can't be followed; nothing changed.
     *
     * @param code stable, see {@link Rejection}
     * @param reason what was asked, what is wrong, what to do
     */
    record Rejected(Rejection code, String reason, Observations observations) implements Decision {}
}
