package dev.kedge.topics;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an operator may choose about a cell's topics.
 *
 * @param replicationFactor copies of every topic, 3 wherever data matters
 * @param controlSettings settings of the control topics that replace the catalogue's
 * @param shardSettings settings of the shard logs that replace the catalogue's
 */
public record TopicOptions(
        int replicationFactor, Map<String, String> controlSettings, Map<String, String> shardSettings) {
    /** Kedge's guarantees rest on these. */
    private static final Set<String> FIXED =
            Set.of("cleanup.policy", "message.timestamp.type", "unclean.leader.election.enable");

    /** @throws IllegalArgumentException if the factor is not positive or a setting is not open to choice */
    public TopicOptions {
        if (replicationFactor < 1 || replicationFactor > Short.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the replication factor must be at least 1, and at most the number of brokers; it is "
                            + replicationFactor);
        }
        controlSettings = requireOpen(controlSettings);
        shardSettings = requireOpen(shardSettings);
    }

    public static TopicOptions replicated(int replicationFactor) {
        return new TopicOptions(replicationFactor, Map.of(), Map.of());
    }

    /** A majority: an acknowledged record survives the loss of any minority of its replicas. */
    int minInSyncReplicas() {
        return replicationFactor / 2 + 1;
    }

    private static Map<String, String> requireOpen(Map<String, String> settings) {
        Set<String> fixed = new TreeSet<>(settings.keySet());
        fixed.retainAll(FIXED);
        if (!fixed.isEmpty()) {
            throw new IllegalArgumentException(
                    "the topic settings " + fixed + " are not open to choice: Kedge's guarantees rest on them");
        }
        return Map.copyOf(settings);
    }
}
