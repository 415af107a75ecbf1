package dev.kedge.router;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingTopicException.Trouble;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the routing topic: to its end once, then its tail, in the routing client's thread. Only {@link #wakeup} and {@link #staleness}
 * may be called from elsewhere.
 */
final class RoutingTail implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RoutingTail.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LONGEST_CONFIRM_INTERVAL = Duration.ofSeconds(5);

    private final RoutingSettings settings;
    private final PublishedRouting published;
    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;

    private @Nullable Uuid topicId;
    private Duration staleAfter = Duration.ofDays(1);
    private boolean afresh;
    /** The moment at which the map was last known to hold everything, by both clocks: one stands still while the machine sleeps. */
    private volatile Moment confirmed = Moment.now();

    private Moment checked = Moment.now();
    private @Nullable String problem;

    RoutingTail(RoutingSettings settings, PublishedRouting published) {
        this.settings = settings;
        this.published = published;
        this.partition = new TopicPartition(settings.topic(), 0);
        this.consumer = newConsumer(settings);
    }

    private record Moment(long nanos, long wallMillis) {
        static Moment now() {
            return new Moment(System.nanoTime(), System.currentTimeMillis());
        }

        /** The longer of what the two clocks say. */
        Duration elapsed() {
            Moment now = now();
            long millis = Math.max((now.nanos - nanos) / 1_000_000, now.wallMillis - wallMillis);
            return Duration.ofMillis(Math.max(0, millis));
        }
    }

    private static KafkaConsumer<byte[], byte[]> newConsumer(RoutingSettings settings) {
        Map<String, Object> config = new HashMap<>(settings.kafka());
        config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrap());
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
        config.putIfAbsent(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
        config.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) REQUEST_TIMEOUT.toMillis());
        config.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, (int) REQUEST_TIMEOUT.toMillis());
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    Duration staleness() {
        return confirmed.elapsed();
    }

    void wakeup() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
    }

    /** Looks at the topic, reads it to the end it has now and publishes the map (R0). */
    void open() {
        // Whoever waits long for the start does so because Kafka, or the machine, may be slow.
        Duration half = settings.startTimeout().dividedBy(2);
        inspectTopic(half.compareTo(REQUEST_TIMEOUT) > 0 ? half : REQUEST_TIMEOUT);
        readAfresh();
    }

    /** Waits for records and publishes a map that has them; keeps track of how sure it is to have them all. */
    void poll() {
        try {
            if (afresh || confirmed.elapsed().compareTo(staleAfter) > 0) {
                LOG.warn(
                        "The routing map was last confirmed {} ago and may have missed a removal: reading '{}' afresh",
                        confirmed.elapsed(),
                        settings.topic());
                afresh = true;
                inspectTopic(REQUEST_TIMEOUT);
                readAfresh();
            }
            var records = consumer.poll(POLL).records(partition);
            if (confirmed.elapsed().compareTo(staleAfter) > 0) {
                return; // away between the check above and the records' arrival: the next turn starts afresh
            }
            if (!records.isEmpty()) {
                published.publish(apply(published.map().builder(), records).build());
            }
            if (records.isEmpty() || checked.elapsed().compareTo(confirmInterval()) > 0) {
                confirm();
            }
        } catch (InvalidOffsetException e) {
            afresh = true;
        } catch (RetriableException e) {
            noteProblem(String.valueOf(e.getMessage()));
        } catch (RoutingTopicException e) {
            if (e.trouble() != Trouble.UNREACHABLE) {
                throw e;
            }
            noteProblem(String.valueOf(e.getMessage())); // the last map stays in use
        }
    }

    private Duration confirmInterval() {
        Duration quarter = staleAfter.dividedBy(4);
        return quarter.compareTo(LONGEST_CONFIRM_INTERVAL) < 0 ? quarter : LONGEST_CONFIRM_INTERVAL;
    }

    private void confirm() {
        if (checked.elapsed().compareTo(confirmInterval()) < 0) {
            return;
        }
        checked = Moment.now();
        long end = endOffset();
        if (consumer.position(partition) >= end) {
            confirmed = checked;
        }
        if (problem != null) {
            LOG.info("The routing topic '{}' can be read again", settings.topic());
            problem = null;
        }
    }

    private void noteProblem(String what) {
        if (problem == null) {
            LOG.warn(
                    "The routing topic '{}' cannot be read now; the last map stays in use: {}", settings.topic(), what);
        }
        problem = what;
    }

    private void readAfresh() {
        Moment asked = Moment.now();
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = endOffset();
        RoutingMap.Builder builder = RoutingMap.EMPTY.builder();
        Moment progress = asked;
        while (position() < end) {
            var records = consumer.poll(Duration.ofMillis(100)).records(partition);
            apply(builder, records);
            if (!records.isEmpty()) {
                progress = Moment.now();
            } else if (progress.elapsed().compareTo(settings.startTimeout()) > 0) {
                throw unreachable(null);
            }
        }
        published.publish(builder.seen(published.version()).build());
        confirmed = asked;
        checked = asked;
        afresh = false;
    }

    private RoutingMap.Builder apply(RoutingMap.Builder builder, List<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            byte[] value = record.value();
            try {
                RoutingKey key = RoutingKey.decode(Bytes.wrap(Objects.requireNonNull(record.key(), "no key")));
                RoutingRecord decoded =
                        value == null ? null : settings.decoder().apply(value);
                builder.apply(record.offset(), key, decoded);
            } catch (RuntimeException e) {
                throw new RoutingTopicException(
                        Trouble.UNREADABLE,
                        "The record at offset " + record.offset() + " of the routing topic '" + settings.topic()
                                + "' cannot be read, so no newer routing is known here: " + e.getMessage()
                                + ". Nothing but Kedge's control plane may write to this topic; if it did, this client may be too"
                                + " old for the topic.",
                        e);
            }
        }
        return builder;
    }

    private long position() {
        try {
            return consumer.position(partition, REQUEST_TIMEOUT);
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(e);
        }
    }

    /** The last stable offset, as the consumer is read_committed. */
    private long endOffset() {
        try {
            Long end = consumer.endOffsets(List.of(partition), REQUEST_TIMEOUT).get(partition);
            return Objects.requireNonNull(end, "no end offset");
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(e);
        }
    }

    private void inspectTopic(Duration timeout) {
        Map<String, Object> config = new HashMap<>(settings.kafka());
        config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrap());
        config.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) timeout.toMillis());
        config.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, (int) timeout.toMillis());
        try (Admin admin = Admin.create(config)) {
            TopicDescription topic = describe(admin, timeout);
            Uuid known = topicId;
            if (known != null && !known.equals(topic.topicId())) {
                throw new KedgeException("The routing topic '" + settings.topic()
                        + "' was deleted and created again (its id was " + known + " and is " + topic.topicId()
                        + "): versions read before mean nothing in it. Restart this process.");
            }
            Config topicSettings = settingsOf(admin, timeout);
            requireOneHistory(topic, topicSettings);
            topicId = topic.topicId();
            Duration given = settings.staleAfter();
            staleAfter = given != null ? given : deleteRetention(topicSettings).dividedBy(2);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof UnknownTopicOrPartitionException) {
                throw new RoutingTopicException(
                        Trouble.MISSING,
                        "The routing topic '" + settings.topic() + "' does not exist on Kafka at "
                                + settings.bootstrap()
                                + ". Create the cell's topics with `kedge topics apply`, or check the cell's name.",
                        cause);
            }
            if (cause instanceof RetriableException) {
                throw unreachable(cause);
            }
            throw new RoutingTopicException(
                    Trouble.REFUSED,
                    "Kafka at " + settings.bootstrap() + " refuses to describe the routing topic '" + settings.topic()
                            + "': " + cause,
                    cause);
        } catch (java.util.concurrent.TimeoutException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private TopicDescription describe(Admin admin, Duration timeout)
            throws ExecutionException, InterruptedException, java.util.concurrent.TimeoutException {
        return Objects.requireNonNull(admin.describeTopics(List.of(settings.topic()))
                .allTopicNames()
                .get(timeout.toMillis() * 2, TimeUnit.MILLISECONDS)
                .get(settings.topic()));
    }

    private Config settingsOf(Admin admin, Duration timeout)
            throws ExecutionException, InterruptedException, java.util.concurrent.TimeoutException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, settings.topic());
        return Objects.requireNonNull(admin.describeConfigs(List.of(resource))
                .all()
                .get(timeout.toMillis() * 2, TimeUnit.MILLISECONDS)
                .get(resource));
    }

    /**
     * A map read from several partitions has no order, so no version (I6); one read from a topic that drops records by age or size lacks whatever
     * has not changed lately.
     */
    private void requireOneHistory(TopicDescription topic, Config topicSettings) {
        int partitions = topic.partitions().size();
        if (partitions != 1) {
            throw misconfigured("has " + partitions + " partitions where Kedge needs one");
        }
        String cleanup = value(topicSettings, TopicConfig.CLEANUP_POLICY_CONFIG);
        if (!cleanup.equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            throw misconfigured("has " + TopicConfig.CLEANUP_POLICY_CONFIG + "=" + cleanup + " where Kedge needs "
                    + TopicConfig.CLEANUP_POLICY_COMPACT);
        }
    }

    private RoutingTopicException misconfigured(String what) {
        return new RoutingTopicException(
                Trouble.MISCONFIGURED,
                "The routing topic '" + settings.topic() + "' on Kafka at " + settings.bootstrap() + " " + what
                        + ", so no routing map can be read from it. `kedge topics plan` shows all that is wrong with the cell's topics;"
                        + " `kedge topics apply` puts right what can be put right in place, and says what to do about the rest.",
                null);
    }

    private static Duration deleteRetention(Config topicSettings) {
        return Duration.ofMillis(Long.parseLong(value(topicSettings, TopicConfig.DELETE_RETENTION_MS_CONFIG)));
    }

    private static String value(Config topicSettings, String name) {
        return Objects.requireNonNull(topicSettings.get(name), name).value();
    }

    private RoutingTopicException unreachable(@Nullable Throwable cause) {
        return new RoutingTopicException(
                Trouble.UNREACHABLE,
                "Kafka at " + settings.bootstrap() + " cannot be reached or does not answer for the topic '"
                        + settings.topic() + "'. Check the address and that Kafka runs.",
                cause);
    }
}
