package dev.kedge.history;

import dev.kedge.model.Bytes;

/**
 * An answer that no order of the operations explains.
 *
 * @param anomaly the likeliest name of it
 * @param operation the first operation whose answer cannot be explained
 * @param explanation for people: what was said, what could have been said, and the operations that matter
 */
public record Violation(Bytes key, Anomaly anomaly, Operation operation, String explanation) {

    public enum Anomaly {
        /** An old value was read after a newer one was acknowledged; the newer one was seen again later. */
        STALE_READ,
        /** An acknowledged change was never seen again. */
        LOST_WRITE,
        /** A change took effect more than once, or came back after it was overwritten. */
        DUPLICATED_WRITE,
        /** A value nobody wrote. */
        UNKNOWN_VALUE,
        /** Too many unknown outcomes to decide within bounds: neither shown to be right nor wrong. */
        UNDECIDED
    }

    @Override
    public String toString() {
        return anomaly + " on key " + key + ": " + explanation;
    }
}
