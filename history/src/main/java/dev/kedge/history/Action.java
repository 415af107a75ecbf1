package dev.kedge.history;

import dev.kedge.model.Bytes;
import org.jspecify.annotations.Nullable;

/** What a client asked of one key. */
public sealed interface Action {

    /** Answered by {@link Answer.Value}. */
    record Read() implements Action {}

    /** Answered by {@link Answer.Done}. */
    record Write(Bytes value) implements Action {}

    /** Answered by {@link Answer.Changed}: whether the key was there. */
    record Delete() implements Action {}

    /** Adds to a decimal number, an absent key counting as 0. Answered by {@link Answer.Sum}. */
    record Increment(long delta) implements Action {}

    enum Condition {
        IF_ABSENT,
        IF_PRESENT,
        IF_EQUAL
    }

    /**
     * Writes if the condition holds. Answered by {@link Answer.Changed}: whether it did.
     *
     * @param expected the value IF_EQUAL compares with; null otherwise
     */
    record SetIf(Condition condition, @Nullable Bytes expected, Bytes value) implements Action {}
}
