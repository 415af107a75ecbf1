package dev.kedge.router;

import org.jspecify.annotations.Nullable;

/** The routing topic cannot be read. The message says which topic, on which Kafka, what is wrong and what to do. */
public final class RoutingTopicException extends KedgeException {
    /** What keeps the topic from being read. */
    public enum Trouble {
        /** Kafka does not answer in time; it may later. */
        UNREACHABLE,
        /** Kafka answers and will not let this client read the topic's settings. */
        REFUSED,
        /** There is no topic of that name. */
        MISSING,
        /** The topic has settings with which it cannot hold a routing map. */
        MISCONFIGURED,
        /** A record in it makes no sense here. */
        UNREADABLE
    }

    private final Trouble trouble;

    RoutingTopicException(Trouble trouble, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.trouble = trouble;
    }

    /** The same failure, met in another thread: its stack trace is the one that met it. */
    RoutingTopicException(RoutingTopicException original) {
        super(original);
        this.trouble = original.trouble;
    }

    public Trouble trouble() {
        return trouble;
    }
}
