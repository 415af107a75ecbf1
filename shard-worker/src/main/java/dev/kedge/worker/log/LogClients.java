package dev.kedge.worker.log;

import dev.kedge.worker.engine.Ports;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Kafka clients set up for shard logs. */
final class LogClients {
    /** Chunks handed to the loop hold no more records than this. */
    static final int CHUNK_RECORDS = 500;

    private static final int FETCH_BYTES = 4 << 20;

    private LogClients() {}

    /** Idempotent, so that a lane keeps its order and holds nothing twice whatever is retried. */
    static KafkaProducer<byte[], byte[]> producer(LogSettings settings, Ports.Lane lane, String role) {
        Map<String, Object> config = switch (lane) {
            case FOREGROUND -> settings.clients().producer(role);
            case BULK -> settings.clients().bulkProducer(role);
        };
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, settings.deliveryTimeoutMillis());
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(10_000, settings.deliveryTimeoutMillis() / 2));
        // The loop must not wait. The topic is known once connected and kept known, the buffers hold more than is ever
        // in flight.
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 1_000);
        config.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(30).toMillis());
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
        switch (lane) {
            case FOREGROUND -> config.put(ProducerConfig.BATCH_SIZE_CONFIG, 64 << 10);
            case BULK -> {
                config.put(ProducerConfig.LINGER_MS_CONFIG, 3);
                config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
                config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, settings.bulkCompression());
            }
        }
        return new KafkaProducer<>(withFurther(settings, config));
    }

    /** @param maxWaitMillis how long the broker may hold a fetch when there is nothing new */
    static KafkaConsumer<byte[], byte[]> consumer(LogSettings settings, String role, int maxWaitMillis) {
        Map<String, Object> config = settings.clients().logConsumer(role);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, CHUNK_RECORDS);
        config.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, maxWaitMillis);
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        return new KafkaConsumer<>(withFurther(settings, config));
    }

    private static Map<String, Object> withFurther(LogSettings settings, Map<String, Object> config) {
        config.put(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, 20L);
        config.put(CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, 20L);
        config.put(CommonClientConfigs.RETRY_BACKOFF_MAX_MS_CONFIG, 500L);
        config.putAll(settings.clients().further());
        return config;
    }
}
