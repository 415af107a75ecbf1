package dev.kedge.orchestrator.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.audit.CellAudit;
import dev.kedge.orchestrator.audit.Finding;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import dev.kedge.topics.TopicPlanner;
import dev.kedge.topics.TopicsDiffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control plane on a real Kafka, with workers that are a script. */
@Timeout(180)
final class OrchestratorIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final MigrationOptions OPTIONS =
            new MigrationOptions(100, 600_000, 0, 1_000, 5_000, 1_000, 2_000, 2, MigrationOptions.OnDivergence.RECOPY);

    private static final Set<Phase> DISK_LOST_IN = EnumSet.of(Phase.CATCHING_UP, Phase.CUTOVER);

    @TempDir
    Path dir;

    private final KedgeSerdes serdes = KedgeSerdes.bundled();
    private Orchestrator orchestrator;
    private ScriptedCell cell;

    private void openCell(String name) {
        KafkaClients clients = new KafkaClients(SharedKafka.bootstrap(), "test");
        try (TopicAdmin admin = TopicAdmin.open(clients)) {
            new TopicPlanner(new TopicCatalogue(new Cell(name), TopicOptions.replicated(1))).apply(admin);
        }
        cell = new ScriptedCell(clients, new Cell(name), serdes);
    }

    private void startOrchestrator(String name, String stateDir) throws InterruptedException {
        orchestrator = new Orchestrator(
                OrchestratorSettings.of(SharedKafka.bootstrap(), new Cell(name), dir.resolve(stateDir)), serdes);
        orchestrator.start();
        assertThat(orchestrator.awaitDeciding(PATIENCE)).isTrue();
    }

    @AfterEach
    void close() {
        if (orchestrator != null) {
            orchestrator.close();
        }
        if (cell != null) {
            cell.close();
        }
    }

    @Test
    void aMigrationGoesThroughAllPhasesWithARestartInEach() throws InterruptedException {
        openCell("it-all");
        startOrchestrator("it-all", "state");
        cell.worker("w1");
        cell.worker("w2");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cell.view().state().workers().size() == 2);
        cell.command(new Command.AddShard("s1", "w1"));
        cell.command(new Command.AddShard("s2", "w2"));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cell.routing().shards().size() == 2); // logs were made and reported
        assertThat(cell.routing().shard("s1").logTopic()).isEqualTo("it-all.shard.s1.g1");
        cell.command(new Command.CreateKeyspace(
                "k", Placement.RANGE, List.of(new Command.InitialTablet(Bytes.EMPTY, "s1"))));
        long start =
                cell.command(new Command.StartMigration("k", "s1", "s2", Bytes.utf8("a"), Bytes.utf8("m"), OPTIONS));
        String id = "m" + start;

        for (Phase phase : List.of(
                Phase.COPYING,
                Phase.CATCHING_UP,
                Phase.DUAL_WRITE,
                Phase.VERIFYING,
                Phase.CUTOVER,
                Phase.ROLLBACK_WINDOW)) {
            awaitPhase(id, phase);
            // Twice the disk is lost too (I7).
            restart("it-all", DISK_LOST_IN.contains(phase) ? "state-" + phase : "state");
            assertThat(phase(id)).isEqualTo(phase);
            cell.leave(id, phase);
        }
        cell.command(new Command.RollbackMigration(id, "to see it go back"));
        awaitPhase(id, Phase.VERIFYING);
        restart("it-all", "state");
        cell.leave(id, Phase.VERIFYING);
        awaitPhase(id, Phase.CUTOVER);
        restart("it-all", "state");
        cell.leave(id, Phase.CUTOVER);
        awaitPhase(id, Phase.CLEANUP);
        restart("it-all", "state");
        cell.leave(id, Phase.CLEANUP);
        awaitPhase(id, Phase.ROLLED_BACK);

        assertThat(cell.routing().route("k", Bytes.utf8("b")).shard()).isEqualTo("s1");
        CellState live = orchestrator.state();
        Awaitility.await().atMost(PATIENCE).until(() -> cell.view().state().nextSequence() == live.nextSequence());
        assertThat(cell.view().state()).isEqualTo(live); // I8

        assertThat(audit("it-all").findings()).isEmpty();
        forgeRouting(new KeyspaceRoute("k", 99, Placement.RANGE));
        assertThat(audit("it-all").findings())
                .extracting(Finding::kind)
                .containsExactlyInAnyOrder(Finding.Kind.ROUTING_DIFFERS, Finding.Kind.ROUTING_UNEXPLAINED);
    }

    private CellAudit.Result audit(String name) {
        try (CellAudit audit =
                new CellAudit(new KafkaClients(SharedKafka.bootstrap(), "audit"), new Cell(name), serdes)) {
            CellAudit.Result result = audit.verify(PATIENCE);
            assertThat(result.settled()).isTrue();
            return result;
        }
    }

    private void forgeRouting(RoutingRecord record) {
        cell.raw(
                cell.topics().routing(),
                record.key().encode().array(),
                serdes.routing().toBytes(record));
    }

    private void restart(String name, String stateDir) throws InterruptedException {
        orchestrator.close();
        startOrchestrator(name, stateDir);
    }

    private Phase phase(String id) {
        Migration migration = orchestrator.state().migration(id);
        return migration == null ? Phase.PLANNED : migration.phase();
    }

    private void awaitPhase(String id, Phase phase) {
        try {
            await(id, phase);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("never saw " + phase + " of " + id + " after " + cell.events(), e);
        }
    }

    private void await(String id, Phase phase) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .failFast("orchestrator stopped", () -> orchestrator.stopped().isCompletedExceptionally())
                .until(() -> {
                    cell.repeat();
                    Migration migration = cell.view().state().migration(id);
                    return migration != null && migration.phase() == phase;
                });
        cell.stopRepeating();
    }

    @Test
    void poisonInTheTopicsStopsNothing() throws InterruptedException {
        openCell("it-poison");
        startOrchestrator("it-poison", "state");
        cell.raw(cell.topics().commands(), null, new byte[] {1, 2, 3});
        cell.raw(cell.topics().reports(), null, new byte[] {1, 2, 3});
        cell.raw(cell.topics().routing(), new byte[] {1}, new byte[] {1, 2, 3});
        cell.worker("w1");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cell.view().state().workers().size() == 1);
        assertThat(cell.events())
                .anyMatch(e ->
                        e.event() instanceof Event.CommandRejected r && r.code().equals("UNREADABLE_COMMAND"));
    }

    @Test
    void aSecondInstanceTakesOver() throws InterruptedException {
        openCell("it-standby");
        startOrchestrator("it-standby", "one");
        cell.worker("w1");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cell.view().state().workers().size() == 1);
        OrchestratorSettings one = OrchestratorSettings.of(SharedKafka.bootstrap(), new Cell("it-standby"), dir);
        try (Orchestrator second = new Orchestrator(
                new OrchestratorSettings(
                        one.kafka(), one.topics(), one.controlPlane(), dir.resolve("two"), "orchestrator-2", 1),
                serdes)) {
            second.start();
            orchestrator.close();
            assertThat(second.awaitDeciding(PATIENCE)).isTrue();
            assertThat(second.state()).isEqualTo(cell.view().state());
            cell.worker("w2");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> cell.view().state().workers().size() == 2);
        }
    }

    @Test
    void withoutItsTopicsItSaysWhatIsMissing() {
        orchestrator = new Orchestrator(
                OrchestratorSettings.of(SharedKafka.bootstrap(), new Cell("it-missing"), dir.resolve("state")), serdes);
        assertThatThrownBy(() -> orchestrator.start())
                .isInstanceOf(TopicsDiffer.class)
                .hasMessageContaining("it-missing.commands is missing")
                .hasMessageContaining("kedge topics apply");
    }
}
