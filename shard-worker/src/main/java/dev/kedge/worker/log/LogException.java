package dev.kedge.worker.log;

/** A shard's log cannot be used. The message says why and what to do. */
public final class LogException extends RuntimeException {
    LogException(String message) {
        super(message);
    }

    LogException(String message, Throwable cause) {
        super(message, cause);
    }
}
