package dev.kedge.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class TopicCatalogueTest {
    private final TopicCatalogue catalogue = new TopicCatalogue(new Cell("c"), TopicOptions.replicated(3));

    @Test
    void every_topic_has_the_settings_it_needs() {
        String all = Stream.concat(catalogue.controlTopics().stream(), Stream.of(catalogue.shardLog("s")))
                .map(TopicCatalogueTest::text)
                .collect(Collectors.joining());

        assertThat(all).isEqualTo("""
                        c.commands partitions=1 replicas=3
                          cleanup.policy=delete
                          max.message.bytes=8388608
                          message.timestamp.type=LogAppendTime
                          min.insync.replicas=2
                          retention.bytes=-1
                          retention.ms=2592000000
                          segment.ms=86400000
                          unclean.leader.election.enable=false
                        c.reports partitions=1 replicas=3
                          cleanup.policy=delete
                          max.message.bytes=8388608
                          message.timestamp.type=LogAppendTime
                          min.insync.replicas=2
                          retention.bytes=-1
                          retention.ms=604800000
                          segment.ms=86400000
                          unclean.leader.election.enable=false
                        c.events partitions=1 replicas=3
                          cleanup.policy=delete
                          max.message.bytes=8388608
                          message.timestamp.type=LogAppendTime
                          min.insync.replicas=2
                          retention.bytes=-1
                          retention.ms=-1
                          unclean.leader.election.enable=false
                        c.routing partitions=1 replicas=3
                          cleanup.policy=compact
                          delete.retention.ms=604800000
                          max.message.bytes=8388608
                          message.timestamp.type=LogAppendTime
                          min.cleanable.dirty.ratio=0.1
                          min.compaction.lag.ms=0
                          min.insync.replicas=2
                          segment.ms=600000
                          unclean.leader.election.enable=false
                        c.shard.s.g1 partitions=1 replicas=3
                          cleanup.policy=compact
                          delete.retention.ms=604800000
                          max.message.bytes=8388608
                          message.timestamp.type=LogAppendTime
                          min.cleanable.dirty.ratio=0.3
                          min.compaction.lag.ms=3600000
                          min.insync.replicas=2
                          segment.bytes=268435456
                          segment.ms=600000
                          unclean.leader.election.enable=false
                        """);
    }

    private static String text(TopicSpec spec) {
        return spec.name() + " partitions=" + spec.partitions() + " replicas=" + spec.replicationFactor() + "\n"
                + spec.settings().entrySet().stream()
                        .map(setting -> "  " + setting.getKey() + "=" + setting.getValue() + "\n")
                        .collect(Collectors.joining());
    }

    @Test
    void a_majority_of_replicas_acknowledges() {
        assertThat(TopicOptions.replicated(1).minInSyncReplicas()).isEqualTo(1);
        assertThat(TopicOptions.replicated(2).minInSyncReplicas()).isEqualTo(2);
        assertThat(TopicOptions.replicated(3).minInSyncReplicas()).isEqualTo(2);
        assertThat(TopicOptions.replicated(5).minInSyncReplicas()).isEqualTo(3);
    }

    @Test
    void an_operator_may_choose_settings_but_not_those_the_guarantees_rest_on() {
        TopicOptions options = new TopicOptions(1, Map.of(), Map.of("segment.bytes", "1048576"));

        assertThat(new TopicCatalogue(new Cell("c"), options).shardLog("s").settings())
                .containsEntry("segment.bytes", "1048576");
        assertThatThrownBy(() -> new TopicOptions(1, Map.of(), Map.of("cleanup.policy", "delete")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[cleanup.policy] are not open to choice");
        assertThatThrownBy(() -> TopicOptions.replicated(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1");
    }
}
