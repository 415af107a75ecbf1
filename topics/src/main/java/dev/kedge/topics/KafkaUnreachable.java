package dev.kedge.topics;

import java.time.Duration;

/** Kafka did not answer in time. The same may succeed later. */
public final class KafkaUnreachable extends RuntimeException {
    public KafkaUnreachable(String bootstrap, Duration timeout, Throwable cause) {
        super(
                "Kafka at " + bootstrap + " did not answer within " + timeout.toMillis() + " ms: " + reason(cause)
                        + ". Check that it runs and can be reached from here under the addresses it advertises, or give"
                        + " other addresses with --bootstrap.",
                cause);
    }

    private static String reason(Throwable cause) {
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
