package dev.kedge.history;

import dev.kedge.model.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One operation that may have had an effect.
 *
 * @param answer null when the outcome is unknown: it may have taken effect at any time after the call, or never
 * @param invoked time of the call
 * @param returned time of the answer; {@link Long#MAX_VALUE} without one
 */
public record Operation(Bytes key, Action action, @Nullable Answer answer, long invoked, long returned) {

    boolean isIndeterminate() {
        return answer == null;
    }

    /** Whether a later state may come from it: anything but a read. */
    boolean mayChange() {
        return !(action instanceof Action.Read);
    }

    @Override
    public String toString() {
        return "[" + invoked + ", " + (answer == null ? "?" : returned) + "] " + action + " -> "
                + (answer == null ? "outcome unknown" : answer);
    }
}
