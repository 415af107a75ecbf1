package dev.kedge.router;

import dev.kedge.model.Bytes;

/** Told of every operation of a client when it ends, in the caller's thread; must neither block nor throw. */
@FunctionalInterface
public interface OperationObserver {
    OperationObserver NONE = operation -> {};

    void ended(Ended operation);

    enum Result {
        OK,
        /** Refused or not done; certainly without effect. */
        FAILED,
        /** A write that may or may not have taken effect. */
        INDETERMINATE
    }

    /**
     * @param command for example {@code GET}
     * @param key the first key
     * @param startNanos {@link System#nanoTime} at the call
     * @param nanos time from the call to its end
     * @param redirects MOVED answers followed
     * @param retries repetitions for other reasons
     */
    record Ended(
            String command,
            String keyspace,
            Bytes key,
            long startNanos,
            long nanos,
            int redirects,
            int retries,
            Result result) {}
}
