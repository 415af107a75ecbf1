package dev.kedge.orchestrator.streams;

import dev.kedge.topics.TopicCatalogue;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.assignment.assignors.StickyTaskAssignor;

/** What Kafka Streams is told. */
final class StreamsSettings {
    private static final int COMMIT_INTERVAL_MILLIS = 5_000;

    /**
     * A control plane that dies within a transaction holds back all readers of events and routing, its successor included, until Kafka
     * aborts what it began. A transaction takes milliseconds; Streams wants at least its commit interval.
     */
    private static final int TRANSACTION_TIMEOUT_MILLIS = COMMIT_INTERVAL_MILLIS;

    /** The shortest that brokers allow unless they are told otherwise (group.min.session.timeout.ms): how long a takeover waits. */
    private static final int SESSION_TIMEOUT_MILLIS = 6_000;

    private static final int HEARTBEAT_INTERVAL_MILLIS = 1_500;
    private static final int POLL_MILLIS = 50;

    /** Deprecated in the moment of its birth, hence by name: without it Streams warns of the default to come. */
    private static final String GLOBAL_EXCEPTION_HANDLER = "processing.exception.handler.global.enabled";

    private StreamsSettings() {}

    static Properties of(OrchestratorSettings settings) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.cell().orchestratorGroup());
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.kafka().bootstrap());
        config.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDir().toString());
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.standbys());
        config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, settings.topics().replicationFactor());
        settings.catalogue()
                .stateChangelog()
                .settings()
                .forEach((setting, value) -> config.put(StreamsConfig.topicPrefix(setting), value));
        // The default one hands the task to and fro when an instance comes back; here who decides goes on deciding.
        config.put(StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG, StickyTaskAssignor.class.getName());
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
        config.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), TRANSACTION_TIMEOUT_MILLIS);
        config.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), TopicCatalogue.MAX_MESSAGE_BYTES);
        config.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
        config.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
        config.put(GLOBAL_EXCEPTION_HANDLER, true);
        // The assignor inside the consumer reads the same setting, from the consumer's.
        config.put(StreamsConfig.mainConsumerPrefix(GLOBAL_EXCEPTION_HANDLER), true);
        config.putAll(settings.kafka().further());
        return config;
    }
}
