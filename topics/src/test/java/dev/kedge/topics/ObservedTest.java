package dev.kedge.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.topics.Difference.MissingTopic;
import dev.kedge.topics.Difference.WrongPartitionCount;
import dev.kedge.topics.Difference.WrongReplicationFactor;
import dev.kedge.topics.Difference.WrongSetting;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ObservedTest {
    private static final TopicSpec SPEC =
            new TopicSpec("c.routing", 3, Map.of("cleanup.policy", "compact", "segment.ms", "600000"));

    @Test
    void a_topic_that_is_as_it_should_be_has_no_difference_whatever_else_is_set() {
        Map<String, String> settings = new HashMap<>(SPEC.settings());
        settings.put("compression.type", "zstd");

        assertThat(Observed.differences(SPEC, new Observed(1, 3, settings))).isEmpty();
    }

    @Test
    void a_missing_topic_is_one_difference() {
        assertThat(Observed.differences(SPEC, null)).containsExactly(new MissingTopic(SPEC));
    }

    @Test
    void every_difference_is_named_with_actual_and_expected() {
        List<Difference> differences = Observed.differences(SPEC, new Observed(4, 1, Map.of("segment.ms", "1")));

        assertThat(differences)
                .containsExactly(
                        new WrongPartitionCount("c.routing", 4, 1),
                        new WrongReplicationFactor("c.routing", 1, 3),
                        new WrongSetting("c.routing", "cleanup.policy", null, "compact"),
                        new WrongSetting("c.routing", "segment.ms", "1", "600000"));
        assertThat(differences)
                .extracting(Difference::describe)
                .containsExactly(
                        "c.routing has 4 partitions, needs 1",
                        "c.routing has replication factor 1, needs 3",
                        "c.routing has cleanup.policy=null, needs compact",
                        "c.routing has segment.ms=1, needs 600000");
        assertThat(differences)
                .filteredOn(difference -> difference.obstacle() == null)
                .hasSize(1);
    }

    @Test
    void a_topic_of_kafkas_own_is_to_be_as_safe_as_the_cells() {
        TopicOptions wanted = TopicOptions.replicated(3);
        Map<String, String> safe = Map.of("unclean.leader.election.enable", "false", "min.insync.replicas", "2");
        Map<String, String> unsafe = Map.of("unclean.leader.election.enable", "true", "min.insync.replicas", "1");

        assertThat(Observed.lessSafe("t", wanted, new Observed(50, 3, safe), true))
                .isEmpty();
        assertThat(Observed.lessSafe("t", wanted, new Observed(50, 1, unsafe), true))
                .containsExactly(
                        new WrongReplicationFactor("t", 1, 3),
                        new WrongSetting("t", "unclean.leader.election.enable", "true", "false"),
                        new WrongSetting("t", "min.insync.replicas", "1", "2"));
        assertThat(Observed.lessSafe("t", wanted, new Observed(50, 3, unsafe), false))
                .containsExactly(new WrongSetting("t", "unclean.leader.election.enable", "true", "false"));
    }
}
