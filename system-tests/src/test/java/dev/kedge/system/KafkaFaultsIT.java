package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.KafkaCluster;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.audit.CellAudit;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicsDiffer;
import dev.kedge.worker.engine.EngineSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListTopicsOptions;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Three brokers, three copies of everything: brokers die and come back during migrations, workers are cut off from Kafka, for a moment or until
 * their shards are opened elsewhere, and come back; all under one stream of traffic that is checked at the end.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
final class KafkaFaultsIT {
    private static final int ROWS = 8_000;
    private static final KeyRange MOVING = TestCell.slots(0, 4096);

    /** A copy takes a second at first; later, when the logs have grown, as long at a faster pace. */
    private static final int SLOW_ROWS_PER_SECOND = 2_000;

    private static final int LATER_ROWS_PER_SECOND = 6_000;

    /** Longer than a broker's death or a short cut keeps a worker from reporting. */
    private static final long LOST_MILLIS = 6_000;

    @TempDir
    static Path dir;

    private KafkaCluster kafka;
    private TestCell cell;
    private KedgeKeys keys;
    private Traffic traffic;
    private String owner = "shard-1";

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
                                name -> name.startsWith("worker")
                                        ? kafka.link(name).bootstrap()
                                        : kafka.bootstrap())
                        .failingOverAfter(LOST_MILLIS));
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
    @ParameterizedTest
    @CsvSource({"1, COPYING, COMPLETED", "2, DUAL_WRITE, COMPLETED", "3, ROLLBACK_WINDOW, ROLLED_BACK"})
    void a_migration_and_its_clients_outlive_each_broker(int node, Phase phase, Phase end) {
        boolean back = end == Phase.ROLLED_BACK;
        String migration = migrate(options(phase == Phase.COPYING ? SLOW_ROWS_PER_SECOND : 0, back ? 600_000 : 0));
        cell.awaitPhase(migration, phase);
        long killed = System.currentTimeMillis();
        kafka.node(node).kill();
        traffic.awaitAnswers(200);
        if (back) {
            cell.ask(new Command.RollbackMigration(migration, "a broker is gone"));
            cell.awaitPhase(migration, end);
        }
        kafka.node(node).restart();
        cell.awaitPhase(migration, end);
        assertThat(cell.phaseAt(migration, killed)).as("when the broker died").isEqualTo(phase);
        traffic.awaitAnswers(200);
        awaitWhole();
        moved(migration, end);
    }

    /** What was acknowledged by two of three is there whichever two come back; what only one has was not acknowledged. */
    @Order(3)
    @Test
    void with_too_few_brokers_nothing_is_acknowledged_and_with_enough_again_all_goes_on() {
        String migration = migrate(options(LATER_ROWS_PER_SECOND, 0));
        cell.awaitPhase(migration, Phase.COPYING);
        kafka.node(1).kill();
        kafka.node(2).kill();
        awaitSilence();
        kafka.node(1).restart();
        traffic.awaitAnswers(200);

        kafka.node(1).kill();
        kafka.node(3).kill();
        awaitSilence();
        kafka.restartKilled();
        traffic.awaitAnswers(200);
        cell.awaitPhase(migration, Phase.COMPLETED);
        awaitWhole();
        moved(migration, Phase.COMPLETED);
    }

    @Order(4)
    @Test
    void a_worker_that_is_cut_off_answers_nothing_stale_and_goes_on_when_it_is_back() {
        String migration = migrate(options(LATER_ROWS_PER_SECOND, 0));
        cell.awaitPhase(migration, Phase.COPYING);
        String source = cell.hostOf(owner);
        kafka.link(source).cut(); // it owns the range, and would go on answering reads if it had no lease
        cell.assertPhase(migration, Phase.COPYING);
        awaitSilence();
        kafka.link(source).heal();
        cell.awaitPhase(migration, Phase.COMPLETED);
        assertThat(cell.hostOf(owner)).as("it was not given up").isEqualTo(source);
        traffic.awaitAnswers(200);
        moved(migration, Phase.COMPLETED);
    }

    /**
     * Clients reach the source and ask it for everything, while it knows nothing of the cutover and can't write a fence. It stays away until the
     * destination serves, and then until its own shard is opened elsewhere.
     */
    @Order(5)
    @Test
    void a_source_that_is_cut_off_at_the_cutover_is_fenced_by_the_destination_and_comes_back_as_nobody() {
        String zombie = cell.hostOf(owner);
        try (StubbornKeys ofZombie = new StubbornKeys(cell.endpoint(zombie));
                Traffic stubborn = traffic.alongside("stubborn", 2, ofZombie)) {
            stubborn.awaitAnswers(20);
            String migration = cell.cutOverUnseen(
                    owner,
                    elsewhere(),
                    MOVING,
                    new MigrationOptions(2_000, 0, 0, 1_000, 1_000, 10_000, 300, 2, OnDivergence.ABORT),
                    () -> kafka.link(zombie).cut());
            cell.awaitPhase(migration, Phase.CLEANUP);
            assertThat(new ShardLog(cell, owner).fences(migration))
                    .extracting(ShardRecord.Fence::byOwner)
                    .containsExactly(false);
            assertThat(cell.event(migration, Event.CutoverCompleted.class).measuredStallMicros())
                    .as("the lease of the one that was cut off was waited out behind the fence")
                    .isGreaterThanOrEqualTo(EngineSettings.DEFAULTS.leaseMillis() * 1_000);
            comesBackAsNobody(zombie, stubborn);
            cell.awaitPhase(migration, Phase.COMPLETED);
            moved(migration, Phase.COMPLETED);
        }
        traffic.awaitAnswers(200);
    }

    /** Its way to Kafka hangs, so what it had sent arrives when others have its shards. All are on it, so the migration stands still with it. */
    @Order(6)
    @Test
    void what_hung_on_the_way_to_kafka_arrives_late_and_is_void_or_was_never_acknowledged() {
        String zombie = cell.hostOf(owner);
        try (StubbornKeys ofZombie = new StubbornKeys(cell.endpoint(zombie));
                Traffic stubborn = traffic.alongside("late", 2, ofZombie)) {
            stubborn.awaitAnswers(20);
            String migration = cell.migrate(owner, other(), MOVING, options(LATER_ROWS_PER_SECOND, 0));
            cell.awaitPhase(migration, Phase.COPYING);
            kafka.link(zombie).hang();
            cell.assertPhase(migration, Phase.COPYING);
            comesBackAsNobody(zombie, stubborn);
            cell.awaitPhase(migration, Phase.COMPLETED);
            moved(migration, Phase.COMPLETED);
        }
        traffic.awaitAnswers(200);
    }

    /** Waits until a worker that Kafka does not hear has lost its shards, then heals its way. Clients ask it all the time. */
    private void comesBackAsNobody(String zombie, Traffic stubborn) {
        List<String> had = cell.shardsOn(zombie);
        cell.await(
                zombie + " is lost",
                () -> cell.isLost(zombie) && cell.shardsOn(zombie).isEmpty());
        had.forEach(cell::awaitServing);
        long answered = stubborn.answered();
        traffic.awaitAnswers(200);
        stubborn.awaitAsked(4);
        kafka.link(zombie).heal();
        cell.awaitBackEmpty(zombie);
        stubborn.awaitAsked(100);
        assertThat(stubborn.answered())
                .as("answers of one whose shards others have")
                .isEqualTo(answered);
    }

    @Order(7)
    @Test
    void nothing_was_lost_doubled_or_stale() {
        assertThat(traffic.verdict().operations()).isGreaterThan(1_000);
        assertThat(traffic.errors())
                .allMatch(error -> error.contains(IndeterminateOutcomeException.class.getSimpleName()));
        try (CellAudit audit = new CellAudit(cell.clients(), cell.cell(), cell.serdes())) {
            assertThat(audit.verify(Duration.ofSeconds(60)).findings()).isEmpty();
        }
    }

    /** Every client has come to a key that nobody can answer for, and waits. */
    private void awaitSilence() {
        long before;
        do {
            before = traffic.answered();
            cell.await("a moment has passed", new Moment());
        } while (traffic.answered() != before);
    }

    /** True once, after the events were polled some times. */
    private static final class Moment implements BooleanSupplier {
        private int polls;

        @Override
        public boolean getAsBoolean() {
            return polls++ == 10;
        }
    }

    /** Every copy of every partition is in sync again: the next broker that dies is the only one that is missing. */
    private void awaitWhole() {
        try (TopicAdmin admin = TopicAdmin.open(cell.clients())) {
            await("all copies are in sync")
                    .atMost(Duration.ofSeconds(60))
                    .ignoreException(ExecutionException.class)
                    .until(() -> isWhole(admin));
        }
    }

    private static boolean isWhole(TopicAdmin admin) throws Exception {
        ListTopicsOptions all = new ListTopicsOptions().listInternal(true);
        Set<String> topics = admin.admin().listTopics(all).names().get();
        return admin.admin().describeTopics(topics).allTopicNames().get().values().stream()
                .flatMap(topic -> topic.partitions().stream())
                .allMatch(partition ->
                        partition.isr().size() == partition.replicas().size());
    }

    private String migrate(MigrationOptions options) {
        return cell.migrate(owner, elsewhere(), MOVING, options);
    }

    private String other() {
        return owner.equals("shard-1") ? "shard-2" : "shard-1";
    }

    private String elsewhere() {
        assertThat(cell.hostOf(other())).as("where %s is", other()).isNotEqualTo(cell.hostOf(owner));
        return other();
    }

    private void moved(String migration, Phase end) {
        owner = end == Phase.COMPLETED ? cell.migration(migration).plan().to() : owner;
    }

    private static MigrationOptions options(int rowsPerSecond, long windowMillis) {
        return new MigrationOptions(
                2_000, windowMillis, rowsPerSecond, 1_000, 2_000, 2_000, 2_000, 2, OnDivergence.ABORT);
    }
}
