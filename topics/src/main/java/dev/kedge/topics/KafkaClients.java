package dev.kedge.topics;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The settings of all of Kedge's Kafka clients, in one place. Each method returns a new map the caller may add to. Keys and
 * values are bytes. Immutable.
 *
 * @param bootstrap {@code host:port}, several separated by commas
 * @param clientId begins the ids of all clients, which show in the brokers' logs, quotas and metrics
 * @param further settings for all clients, above all security; they win over Kedge's own
 * @param timeout how long to wait for Kafka before calling it unreachable
 */
public record KafkaClients(String bootstrap, String clientId, Map<String, String> further, Duration timeout) {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private static final Pattern ADDRESSES = Pattern.compile(
            "(\\[[0-9a-fA-F:%]+]|[^\\s:,\\[\\]]+):[0-9]{1,5}(\\s*,\\s*(\\[[0-9a-fA-F:%]+]|[^\\s:,\\[\\]]+):[0-9]{1,5})*");

    /** @throws IllegalArgumentException if {@code bootstrap} is no list of addresses */
    public KafkaClients {
        if (!ADDRESSES.matcher(bootstrap.trim()).matches()) {
            throw new IllegalArgumentException(
                    "'" + bootstrap + "' are no Kafka addresses: give host:port, several separated by commas");
        }
        further = Map.copyOf(further);
    }

    public KafkaClients(String bootstrap, String clientId) {
        this(bootstrap, clientId, Map.of(), DEFAULT_TIMEOUT);
    }

    /**
     * A producer for what somebody waits for: nothing is held back to fill a batch, every replica in sync acknowledges, and
     * retries neither double nor reorder.
     *
     * @param role what it is for; ends its client id
     */
    public Map<String, Object> producer(String role) {
        Map<String, Object> settings = common(role);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, TopicCatalogue.MAX_MESSAGE_BYTES);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, timeout.toMillis());
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(timeout.toMillis()));
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(2 * timeout.toMillis()));
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
        settings.putAll(further);
        return settings;
    }

    /** A producer for throughput: as safe, with large batches. */
    public Map<String, Object> bulkProducer(String role) {
        Map<String, Object> settings = producer(role);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 512 * 1024);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L * 1024 * 1024);
        settings.putAll(further);
        return settings;
    }

    /**
     * A consumer of control topics, which are written in transactions: it sees committed records only. Without a group; the
     * caller assigns, seeks, and is told of an offset that is gone instead of being moved elsewhere.
     */
    public Map<String, Object> controlConsumer(String role) {
        Map<String, Object> settings = consumer(role);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.putAll(further);
        return settings;
    }

    /** A consumer of shard logs, which are written without transactions; otherwise as {@link #controlConsumer}. */
    public Map<String, Object> logConsumer(String role) {
        Map<String, Object> settings = consumer(role);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1024 * 1024);
        settings.putAll(further);
        return settings;
    }

    public Map<String, Object> admin(String role) {
        Map<String, Object> settings = common(role);
        int millis = Math.toIntExact(timeout.toMillis());
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1, millis / 2));
        settings.putAll(further);
        return settings;
    }

    private Map<String, Object> consumer(String role) {
        Map<String, Object> settings = common(role);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        // A misspelt cell must be an error, not a new set of empty topics.
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, TopicCatalogue.MAX_MESSAGE_BYTES);
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(timeout.toMillis()));
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
        return settings;
    }

    private Map<String, Object> common(String role) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId + "-" + role);
        // Reconnecting soon after a broker's restart is worth more than sparing it a few attempts.
        settings.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
        // The clients would send usage data to brokers that ask for it; what we measure, we publish ourselves.
        settings.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
        return settings;
    }
}
