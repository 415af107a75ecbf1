package dev.kedge.orchestrator.streams;

import dev.kedge.topics.TopicCatalogue;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** What Kafka Streams is told. */
final class StreamsSettings {
    private static final int COMMIT_INTERVAL_MILLIS = 5_000;
    private static final int SESSION_TIMEOUT_MILLIS = 6_000;
    private static final int HEARTBEAT_INTERVAL_MILLIS = 1_500;
    private static final int POLL_MILLIS = 50;

    private StreamsSettings() {}

    static Properties of(OrchestratorSettings settings) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.cell().name() + ".orchestrator");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafka().bootstrap());
        config.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDir().toString());
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.standbys());
        config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, settings.topics().replicationFactor());
        // A decision asks for its own commit; what decides nothing (heartbeats) must not cost a transaction each.
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL_MILLIS);
        config.put(StreamsConfig.POLL_MS_CONFIG, POLL_MILLIS);
        // The decider takes inputs of different topics in any order; waiting for one of them would only cost time.
        config.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1L);
        // A static member that comes back, also after a kill -9, takes its task up again without a rebalance.
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), settings.instance());
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MILLIS);
        config.put(
                StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), HEARTBEAT_INTERVAL_MILLIS);
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        config.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 0);
        config.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), TopicCatalogue.MAX_MESSAGE_BYTES);
        config.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
        config.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        config.put(
                "processing.exception.handler.global.enabled", true); // the default to come; without it Streams warns
        config.putAll(settings.kafka().further());
        return config;
    }
}
