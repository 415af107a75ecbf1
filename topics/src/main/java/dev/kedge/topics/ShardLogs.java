package dev.kedge.topics;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The log topics of shards, which come and go with shards rather than with the cell. */
public final class ShardLogs {
    private final TopicCatalogue catalogue;

    public ShardLogs(TopicCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    /**
     * Makes the log of a shard unless it exists, and returns Kafka's id of the topic.
     *
     * @throws TopicsDiffer if a topic of that name exists and is not as a shard's log must be
     * @throws KafkaUnreachable if Kafka does not answer; the same call may succeed later
     * @throws KafkaRefused if Kafka will not make it
     * @throws IllegalArgumentException if the shard's name cannot be part of topic names
     */
    public String create(TopicAdmin admin, String shard) {
        TopicSpec spec = catalogue.shardLog(shard);
        String id = admin.create(spec);
        Map<String, Observed> actual = admin.observe(Set.of(spec.name()));
        List<Difference> differences = Observed.differences(spec, actual.get(spec.name()));
        if (!differences.isEmpty()) {
            throw TopicsDiffer.found(differences);
        }
        return id;
    }
}
