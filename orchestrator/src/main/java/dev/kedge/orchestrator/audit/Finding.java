package dev.kedge.orchestrator.audit;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is not as the events say.
 *
 * @param subject what it is about: an event's sequence, a routing key
 * @param expected what follows from the events; null if nothing does
 * @param found what stands there; null if nothing does
 */
public record Finding(
        Kind kind,
        String subject,
        @Nullable String expected,
        @Nullable String found) {
    public enum Kind {
        /** An event can't follow those before it; nothing after it was compared. */
        IMPOSSIBLE_HISTORY,
        /** The routing topic's last record under a key is not the projection of the state. */
        ROUTING_DIFFERS,
        /** A record in the routing topic, replaced since or not, that follows from no event. */
        ROUTING_UNEXPLAINED,
        /** What the control plane would restore its state from is not the events. */
        STATE_DIFFERS
    }

    /** For people. */
    public String describe() {
        String what = switch (kind) {
            case IMPOSSIBLE_HISTORY -> "event " + subject + " is impossible";
            case ROUTING_DIFFERS -> "the routing record of " + subject + " differs";
            case ROUTING_UNEXPLAINED -> "the routing record of " + subject + " follows from no event";
            case STATE_DIFFERS -> "the control plane's copy of event " + subject + " differs";
        };
        return what + "\n    expected " + orNothing(expected) + "\n    found    " + orNothing(found);
    }

    private static String orNothing(@Nullable String text) {
        return text == null ? "nothing" : text;
    }
}
