package dev.kedge.worker.log;

import dev.kedge.topics.KafkaClients;

/**
 * How a worker reaches the shards' logs.
 *
 * @param deliveryTimeoutMillis after which an append that the broker has not acknowledged counts as failed
 * @param bulkCompression of imports: {@code none}, {@code lz4} or {@code zstd}. What clients wait for is never compressed
 */
public record LogSettings(KafkaClients clients, int deliveryTimeoutMillis, String bulkCompression) {
    public static LogSettings of(KafkaClients clients) {
        return new LogSettings(clients, 30_000, "none");
    }
}
