package dev.kedge.topics;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a topic is to be.
 *
 * @param settings the settings Kedge depends on; others are the cluster's business
 */
public record TopicSpec(String name, int partitions, int replicationFactor, SortedMap<String, String> settings) {
    public TopicSpec {
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
    }

    TopicSpec(String name, int replicationFactor, Map<String, String> settings) {
        this(name, 1, replicationFactor, new TreeMap<>(settings));
    }
}
