package dev.kedge.topics;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The topics of a cell and the settings they need. All have one partition: a control topic for one total order, a shard's
 * log because it is one history.
 */
public final class TopicCatalogue {
    /** Largest record of any topic, with its overhead; producers and consumers are set up for it as well. */
    public static final int MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

    /**
     * How long a tombstone stays readable in compacted topics. Whoever has read nothing for half of that starts afresh (R0), so
     * this bounds how long a worker may be away and still resume from its store.
     */
    public static final Duration DELETE_RETENTION = Duration.ofDays(7);

    /** How long a void record of a shard's log is safe from compaction: far longer than its detection and repair take (R5). */
    public static final Duration MIN_COMPACTION_LAG = Duration.ofHours(1);

    private static final Duration COMMAND_RETENTION = Duration.ofDays(30);
    private static final Duration REPORT_RETENTION = Duration.ofDays(7);
    /** The cleaner leaves the newest segment alone, so a quiet topic is compacted only if its segments are short. */
    private static final Duration COMPACTED_SEGMENT = Duration.ofMinutes(10);

    private static final int SHARD_SEGMENT_BYTES = 256 * 1024 * 1024;

    private final Cell cell;
    private final TopicOptions options;

    public TopicCatalogue(Cell cell, TopicOptions options) {
        this.cell = cell;
        this.options = options;
    }

    public Cell cell() {
        return cell;
    }

    TopicOptions options() {
        return options;
    }

    public List<TopicSpec> controlTopics() {
        return List.of(
                control(cell.commands(), deletedAfter(COMMAND_RETENTION)),
                control(cell.reports(), deletedAfter(REPORT_RETENTION)),
                control(
                        cell.events(),
                        Map.of("cleanup.policy", "delete", "retention.ms", "-1", "retention.bytes", "-1")),
                control(cell.routing(), compacted(Duration.ZERO, "0.1")));
    }

    /** What the control plane's store is restored from. Kafka Streams makes it, with these settings, at the control plane's first start. */
    public TopicSpec stateChangelog() {
        Map<String, String> settings = durable();
        settings.put("cleanup.policy", "compact");
        return new TopicSpec(cell.stateChangelog(), options.replicationFactor(), settings);
    }

    /** @throws IllegalArgumentException if the shard's name cannot be part of topic names */
    public TopicSpec shardLog(String shard) {
        return shardLogTopic(cell.shardLog(shard));
    }

    /** The settings of a shard's log, of whatever generation. */
    TopicSpec shardLogTopic(String topic) {
        Map<String, String> settings = common();
        settings.putAll(compacted(MIN_COMPACTION_LAG, "0.3"));
        settings.put("segment.bytes", String.valueOf(SHARD_SEGMENT_BYTES));
        settings.putAll(options.shardSettings());
        return new TopicSpec(topic, options.replicationFactor(), settings);
    }

    private TopicSpec control(String topic, Map<String, String> further) {
        Map<String, String> settings = common();
        settings.putAll(further);
        settings.putAll(options.controlSettings());
        return new TopicSpec(topic, options.replicationFactor(), settings);
    }

    private Map<String, String> common() {
        Map<String, String> settings = durable();
        // The broker's clock, not the writers': compaction lag and retention are counted from it (R5).
        settings.put("message.timestamp.type", "LogAppendTime");
        return settings;
    }

    private Map<String, String> durable() {
        Map<String, String> settings = new HashMap<>();
        // A replica that missed acknowledged records must never lead: that would lose them (I2).
        settings.put("unclean.leader.election.enable", "false");
        settings.put("min.insync.replicas", String.valueOf(options.minInSyncReplicas()));
        settings.put("max.message.bytes", String.valueOf(MAX_MESSAGE_BYTES));
        return settings;
    }

    private static Map<String, String> deletedAfter(Duration retention) {
        return Map.of(
                "cleanup.policy",
                "delete",
                "retention.ms",
                millis(retention),
                "retention.bytes",
                "-1",
                "segment.ms",
                millis(Duration.ofDays(1)));
    }

    private static Map<String, String> compacted(Duration minLag, String dirtyRatio) {
        return Map.of(
                "cleanup.policy", "compact",
                "segment.ms", millis(COMPACTED_SEGMENT),
                "min.compaction.lag.ms", millis(minLag),
                "delete.retention.ms", millis(DELETE_RETENTION),
                "min.cleanable.dirty.ratio", dirtyRatio);
    }

    private static String millis(Duration duration) {
        return String.valueOf(duration.toMillis());
    }
}
