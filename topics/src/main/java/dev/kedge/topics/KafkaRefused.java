package dev.kedge.topics;

/** Kafka answered, and would not do what was asked. */
public final class KafkaRefused extends RuntimeException {
    KafkaRefused(String asked, Throwable cause) {
        super("Kafka refused to " + asked + ": " + cause.getMessage(), cause);
    }
}
