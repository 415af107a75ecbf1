package dev.kedge.topics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A topic as it is. */
record Observed(int partitions, int replicationFactor, Map<String, String> settings) {

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
}
