package dev.kedge.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.topics.Difference.MissingTopic;
import dev.kedge.topics.Difference.WrongSetting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a real Kafka; every test has a cell of its own. */
final class TopicPlannerIT {
    private final Cell cell = new Cell("t-" + UUID.randomUUID());
    private final TopicCatalogue catalogue = new TopicCatalogue(cell, TopicOptions.replicated(1));
    private final TopicPlanner planner = new TopicPlanner(catalogue);
    private KafkaClients clients;
    private TopicAdmin admin;

    @BeforeEach
    void open() {
        clients = new KafkaClients(SharedKafka.bootstrap(), "test");
        admin = TopicAdmin.open(clients);
    }

    @AfterEach
    void close() {
        admin.close();
    }

    @Test
    void applying_makes_what_is_missing_and_applying_again_finds_nothing_to_do() {
        assertThat(planner.plan(admin))
                .extracting(Difference::topic)
                .containsExactly(cell.commands(), cell.reports(), cell.events(), cell.routing());
        assertThatThrownBy(() -> planner.check(admin))
                .isInstanceOf(TopicsDiffer.class)
                .hasMessageContaining(cell.routing() + " is missing")
                .hasMessageContaining("kedge topics apply");

        assertThat(planner.apply(admin)).hasSize(4).allMatch(MissingTopic.class::isInstance);

        assertThat(planner.plan(admin)).isEmpty();
        assertThat(planner.apply(admin)).isEmpty();
        planner.check(admin);
    }

    @Test
    void a_setting_somebody_changed_is_found_and_put_right() {
        planner.apply(admin);
        WrongSetting changed = new WrongSetting(cell.events(), "retention.ms", null, "1000");
        admin.alter(List.of(changed));

        List<Difference> differences = planner.plan(admin);

        assertThat(differences).containsExactly(new WrongSetting(cell.events(), "retention.ms", "1000", "-1"));
        assertThat(planner.apply(admin)).isEqualTo(differences);
        planner.check(admin);
    }

    @Test
    void what_cannot_be_changed_in_place_is_refused_and_nothing_else_is_touched() throws Exception {
        admin.admin()
                .createTopics(List.of(new NewTopic(cell.events(), 3, (short) 1)))
                .all()
                .get();
        admin.awaitKnown(cell.events());

        assertThatThrownBy(() -> planner.apply(admin))
                .isInstanceOf(TopicsDiffer.class)
                .hasMessageContaining("nothing was changed")
                .hasMessageContaining(cell.events() + " has 3 partitions, needs 1 - Kafka cannot take partitions away");

        assertThat(admin.topics()).doesNotContain(cell.commands());
    }

    @Test
    void a_topic_with_another_cleanup_policy_may_have_lost_records_and_is_refused() throws Exception {
        NewTopic compacted = new NewTopic(cell.events(), 1, (short) 1).configs(Map.of("cleanup.policy", "compact"));
        admin.admin().createTopics(List.of(compacted)).all().get();
        admin.awaitKnown(cell.events());

        assertThatThrownBy(() -> planner.apply(admin))
                .isInstanceOf(TopicsDiffer.class)
                .hasMessageContaining("cleanup.policy=compact, needs delete");
    }

    @Test
    void more_replicas_than_brokers_are_refused_by_name() {
        TopicPlanner tooMany = new TopicPlanner(new TopicCatalogue(cell, TopicOptions.replicated(3)));

        assertThatThrownBy(() -> tooMany.apply(admin))
                .isInstanceOf(KafkaRefused.class)
                .hasMessageContaining(cell.commands())
                .hasMessageContaining("replication factor 3");
    }

    @Test
    void a_shards_log_is_made_once_and_keeps_its_id() {
        planner.apply(admin);
        ShardLogs logs = new ShardLogs(catalogue);

        String id = logs.create(admin, "shard-1");

        assertThat(logs.create(admin, "shard-1")).isEqualTo(id);
        assertThat(admin.topicId(cell.shardLog("shard-1"))).isEqualTo(id);
        assertThat(admin.topicId(cell.shardLog("shard-2"))).isNull();
        assertThat(logs.create(admin, "shard-2")).isNotEqualTo(id);
        planner.check(admin);
    }

    @Test
    void the_logs_of_existing_shards_are_checked_too() {
        planner.apply(admin);
        ShardLogs logs = new ShardLogs(catalogue);
        logs.create(admin, "shard-1");
        admin.alter(List.of(new WrongSetting(cell.shardLog("shard-1"), "min.compaction.lag.ms", null, "0")));

        assertThat(planner.plan(admin))
                .containsExactly(new WrongSetting(cell.shardLog("shard-1"), "min.compaction.lag.ms", "0", "3600000"));
        assertThatThrownBy(() -> logs.create(admin, "shard-1"))
                .isInstanceOf(TopicsDiffer.class)
                .hasMessageContaining(cell.shardLog("shard-1"));
    }

    @Test
    void kedges_producers_and_consumers_understand_each_other_up_to_the_largest_record() throws Exception {
        planner.apply(admin);
        byte[] large = new byte[TopicCatalogue.MAX_MESSAGE_BYTES - 1024];
        TopicPartition partition = new TopicPartition(cell.commands(), 0);

        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(clients.producer("p"));
                KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(clients.controlConsumer("c"))) {
            assertThat(producer.send(new ProducerRecord<>(cell.commands(), large))
                            .get()
                            .offset())
                    .isZero();
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<byte[], byte[]>> records =
                    consumer.poll(Duration.ofSeconds(20)).records(partition);
            assertThat(records).hasSize(1);
            assertThat(records.get(0).value()).hasSize(large.length);
            assertThat(records.get(0).timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        }
    }

    @Test
    void the_cluster_says_who_it_is() {
        assertThat(admin.clusterId()).isNotBlank().isEqualTo(admin.clusterId());
        assertThat(admin.brokers()).isEqualTo(1);
    }
}
