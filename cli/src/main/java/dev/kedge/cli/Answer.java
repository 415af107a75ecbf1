package dev.kedge.cli;

import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.List;
import java.util.Optional;

/**
 * What the control plane made of a command.
 *
 * @param offset of the command in the commands topic
 * @param events those it is the cause of, at least one, none of them a rejection
 */
record Answer(long offset, List<EventEnvelope> events) {
    Answer {
        events = List.copyOf(events);
    }

    /** Why nothing had to be done; empty if something was. */
    Optional<String> noEffect() {
        return events.stream()
                .map(EventEnvelope::event)
                .filter(Event.CommandHadNoEffect.class::isInstance)
                .map(e -> ((Event.CommandHadNoEffect) e).reason())
                .findFirst();
    }

    /** The migration it opened. */
    Optional<Event.MigrationPlanned> planned() {
        return events.stream()
                .map(EventEnvelope::event)
                .filter(Event.MigrationPlanned.class::isInstance)
                .map(Event.MigrationPlanned.class::cast)
                .findFirst();
    }
}
