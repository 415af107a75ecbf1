package dev.kedge.router;

import org.jspecify.annotations.Nullable;

/** What became of one request to one worker. */
sealed interface Answer {

    /** @param value as RESP gives it: byte[], Long, List or null */
    record Done(@Nullable Object value) implements Answer {}

    /** The worker does not own the key and did nothing. {@code to} is null when it does not say who does. */
    record Moved(@Nullable Endpoint to) implements Answer {}

    /** Certainly not executed; may succeed later. */
    record Again(String why, @Nullable Throwable cause) implements Answer {}

    /** The keys are owned by several shards; nothing was done. */
    record CrossSlot() implements Answer {}

    /** Sent, outcome unknown. */
    record Unknown(String why, @Nullable Throwable cause) implements Answer {}

    /** The worker refused it for good; nothing was done. */
    record Refused(String message) implements Answer {}
}
