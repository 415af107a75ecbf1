package dev.kedge.kafka;

/** A Kafka node did not come up. The message says why as far as is known, and holds the end of the node's log. */
public final class KafkaStartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    KafkaStartException(String message) {
        super(message);
    }

    KafkaStartException(String message, Throwable cause) {
        super(message, cause);
    }

    boolean portTaken() {
        return String.valueOf(getMessage()).contains("Address already in use");
    }
}
