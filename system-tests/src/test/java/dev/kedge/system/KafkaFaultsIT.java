package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.kafka.KafkaCluster;
import dev.kedge.kafka.KafkaNode;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.audit.CellAudit;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicsDiffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers, three copies of everything: brokers die and come back during a migration, a worker is cut off from Kafka and comes back,
 * all under one stream of traffic that is checked at the end.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
final class KafkaFaultsIT {
    private static final int ROWS = 4_000;
    private static final KeyRange MOVING = TestCell.slots(0, 4096);

    @TempDir
    static Path dir;

    private KafkaCluster kafka;
    private TestCell cell;
    private KedgeKeys keys;
    private Traffic traffic;

    @BeforeAll
    void start() {
        kafka = KafkaCluster.builder()
                .heap("256m")
                .jvmOption("-XX:TieredStopAtLevel=1")
                .link("worker-1")
                .link("worker-2")
                .start();
        cell = TestCell.start(
                dir,
                new TestCell.Setup(
                        2,
                        1,
                        3,
                        kafka.bootstrap(),
                        name -> name.startsWith("worker") ? kafka.link(name).bootstrap() : kafka.bootstrap()));
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(JedisKeys.rows(ROWS));
        }
        keys = new KedgeKeys(cell);
        traffic = Traffic.start(keys);
    }

    @AfterAll
    void close() {
        if (traffic != null) {
            traffic.close();
            keys.close();
        }
        if (cell != null) {
            cell.close();
        }
        kafka.close();
    }

    @Order(1)
    @Test
    void every_copy_that_could_be_lost_is_found_by_the_check() throws Exception {
        try (TopicAdmin admin = TopicAdmin.open(cell.clients())) {
            cell.topicPlanner().check(admin);
            assertThat(cell.topicPlanner().internalTopics(admin)).isEmpty();
            for (String topic :
                    List.of(cell.cell().shardLog("shard-1"), cell.cell().stateChangelog())) {
                alter(admin, topic, "unclean.leader.election.enable", "true");
                alter(admin, topic, "min.insync.replicas", "1");
            }

            assertThatThrownBy(() -> cell.topicPlanner().check(admin))
                    .isInstanceOf(TopicsDiffer.class)
                    .hasMessageContaining(
                            cell.cell().shardLog("shard-1") + " has unclean.leader.election.enable=true, needs false")
                    .hasMessageContaining(cell.cell().shardLog("shard-1") + " has min.insync.replicas=1, needs 2")
                    .hasMessageContaining(
                            cell.cell().stateChangelog() + " has unclean.leader.election.enable=true, needs false")
                    .hasMessageContaining(cell.cell().stateChangelog() + " has min.insync.replicas=1, needs 2");

            cell.topicPlanner().apply(admin);
            cell.topicPlanner().check(admin);
        }
    }

    private static void alter(TopicAdmin admin, String topic, String setting, String value) throws Exception {
        admin.admin()
                .incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    @Order(2)
    @Test
    void a_migration_and_its_clients_outlive_each_broker() {
        String migration = cell.migrate("shard-1", "shard-2", MOVING, options(200));
        cell.awaitPhase(migration, Phase.COPYING);
        for (KafkaNode node : kafka.nodes()) {
            node.kill();
            traffic.awaitAnswers(200);
            node.restart();
        }
        cell.awaitPhase(migration, Phase.COMPLETED);
        traffic.awaitAnswers(200);
    }

    @Order(3)
    @Test
    void a_worker_that_is_cut_off_answers_nothing_stale_and_goes_on_when_it_is_back() {
        String migration = cell.migrate("shard-2", "shard-1", MOVING, options(1_000));
        cell.awaitPhase(migration, Phase.COPYING);
        kafka.link("worker-2").cut(); // it owns the range, and would go on answering reads if it had no lease
        awaitSilence();
        kafka.link("worker-2").heal();
        cell.awaitPhase(migration, Phase.COMPLETED);
        traffic.awaitAnswers(200);
    }

    @Order(4)
    @Test
    void what_hung_on_the_way_to_kafka_arrives_late_and_is_void_or_was_never_acknowledged() {
        String migration = cell.migrate("shard-1", "shard-2", MOVING, options(1_000));
        cell.awaitPhase(migration, Phase.COPYING);
        kafka.link("worker-1").hang();
        awaitSilence();
        kafka.link("worker-1").heal();
        cell.awaitPhase(migration, Phase.COMPLETED);
        traffic.awaitAnswers(200);
    }

    /** Every client has come to a key of the worker that can't answer, and waits. */
    private void awaitSilence() {
        long before;
        do {
            before = traffic.answered();
            cell.await("a moment has passed", new Moment());
        } while (traffic.answered() != before);
    }

    /** True once, after the events were polled some times. */
    private static final class Moment implements java.util.function.BooleanSupplier {
        private int polls;

        @Override
        public boolean getAsBoolean() {
            return polls++ == 10;
        }
    }

    @Order(5)
    @Test
    void nothing_was_lost_doubled_or_stale() {
        assertThat(traffic.verdict().operations()).isGreaterThan(1_000);
        try (CellAudit audit = new CellAudit(cell.clients(), cell.cell(), cell.serdes())) {
            assertThat(audit.verify(Duration.ofSeconds(60)).findings()).isEmpty();
        }
    }

    private static MigrationOptions options(int rowsPerSecond) {
        return new MigrationOptions(2_000, 0, rowsPerSecond, 1_000, 100, 2_000, 2_000, 2, OnDivergence.ABORT);
    }
}
