package dev.kedge.worker.log;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The topic a shard logs to.
 *
 * @param id Kafka's id of it, as the routing map knows it
 */
public record LogTopic(String name, String id) {
    /** Shard logs have one partition. */
    TopicPartition partition() {
        return new TopicPartition(name, 0);
    }

    /**
     * Makes sure that this is the very topic the routing map means, and that Kafka keeps it as a shard's log must be kept.
     *
     * @return its settings that matter to recovery
     * @throws LogException if not, or if Kafka cannot tell in time
     */
    public Kept check(Admin admin, Duration timeout) {
        TopicDescription topic = get(admin.describeTopics(List.of(name)).allTopicNames(), timeout)
                .get(name);
        if (topic == null) {
            throw new LogException("Kafka says nothing about the log topic " + name);
        }
        if (!topic.topicId().toString().equals(id)) {
            throw new LogException(
                    "the topic " + name + " has the id " + topic.topicId() + ", the routing map knows it as "
                            + id
                            + ": it was deleted and created anew, or this is another Kafka cluster. Its content is not this"
                            + " shard's log; topic names must never be used twice");
        }
        if (topic.partitions().size() != 1) {
            throw new LogException("the log topic " + name + " has "
                    + topic.partitions().size() + " partitions, a shard's log is exactly one: its order is lost");
        }
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        Config config =
                get(admin.describeConfigs(List.of(resource)).all(), timeout).get(resource);
        if (config == null) {
            throw new LogException("Kafka says nothing about the settings of the log topic " + name);
        }
        require(config, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        require(config, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
        return new Kept(
                number(config, TopicConfig.DELETE_RETENTION_MS_CONFIG),
                number(config, TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG));
    }

    /**
     * What the topic keeps, and for how long.
     *
     * @param tombstonesMillis tombstones after a compaction (R0)
     * @param compactionLagMillis every record before its first compaction (R5)
     */
    public record Kept(long tombstonesMillis, long compactionLagMillis) {}

    private long number(Config config, String setting) {
        ConfigEntry entry = config.get(setting);
        if (entry == null || entry.value() == null) {
            throw new LogException("Kafka does not say what " + setting + " of the log topic " + name + " is");
        }
        return Long.parseLong(entry.value());
    }

    private void require(Config config, String setting, String value) {
        ConfigEntry entry = config.get(setting);
        if (entry != null && !value.equals(entry.value())) {
            throw new LogException("the log topic " + name + " has " + setting + "=" + entry.value() + ", it must be "
                    + value + ": see `kedge topics check`");
        }
    }

    private <T> T get(KafkaFuture<T> future, Duration timeout) {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new LogException(
                        "the log topic " + name + " does not exist: it was deleted, or this is another Kafka cluster",
                        e);
            }
            throw new LogException("Kafka cannot describe the log topic " + name + ": " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new LogException(
                    "Kafka did not describe the log topic " + name + " within " + timeout.toMillis()
                            + " ms: check that it can be reached",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException("interrupted while asking for the log topic " + name, e);
        }
    }
}
