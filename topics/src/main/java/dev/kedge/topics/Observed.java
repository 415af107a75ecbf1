package dev.kedge.topics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A topic as it is. */
record Observed(int partitions, int replicationFactor, Map<String, String> settings) {
    private static final String UNCLEAN = "unclean.leader.election.enable";
    private static final String IN_SYNC = "min.insync.replicas";

    /** How it differs from what it is to be. */
    static List<Difference> differences(TopicSpec spec, @Nullable Observed actual) {
        if (actual == null) {
            return List.of(new Difference.MissingTopic(spec));
        }
        List<Difference> found = new ArrayList<>();
        if (actual.partitions != spec.partitions()) {
            found.add(new Difference.WrongPartitionCount(spec.name(), actual.partitions, spec.partitions()));
        }
        if (actual.replicationFactor != spec.replicationFactor()) {
            found.add(new Difference.WrongReplicationFactor(
                    spec.name(), actual.replicationFactor, spec.replicationFactor()));
        }
        spec.settings().forEach((setting, expected) -> {
            String value = actual.settings.get(setting);
            if (!expected.equals(value)) {
                found.add(new Difference.WrongSetting(spec.name(), setting, value, expected));
            }
        });
        return found;
    }

    /**
     * What of a topic of Kafka's own is less safe than the cell's topics are.
     *
     * @param quorum whether its records count once enough replicas have them, as the cell's do
     */
    static List<Difference> lessSafe(String topic, TopicOptions wanted, Observed actual, boolean quorum) {
        List<Difference> found = new ArrayList<>();
        if (actual.replicationFactor < wanted.replicationFactor()) {
            found.add(
                    new Difference.WrongReplicationFactor(topic, actual.replicationFactor, wanted.replicationFactor()));
        }
        String unclean = actual.settings.get(UNCLEAN);
        if (!"false".equals(unclean)) {
            found.add(new Difference.WrongSetting(topic, UNCLEAN, unclean, "false"));
        }
        String inSync = actual.settings.get(IN_SYNC);
        if (quorum && (inSync == null || Integer.parseInt(inSync) < wanted.minInSyncReplicas())) {
            found.add(new Difference.WrongSetting(topic, IN_SYNC, inSync, String.valueOf(wanted.minInSyncReplicas())));
        }
        return found;
    }
}
