package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.audit.CellAudit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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
import org.junit.jupiter.params.provider.EnumSource;

/** The control plane is killed with -9 in each phase, and the one that stood by takes over (I9). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
final class OrchestratorKilledIT {
    @TempDir
    static Path dir;

    private ControlPlaneKills kills;

    @BeforeAll
    void start() {
        kills = new ControlPlaneKills(dir, 2);
    }

    @AfterAll
    void close() {
        kills.close();
    }

    @Order(1)
    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"COPYING", "CATCHING_UP", "DUAL_WRITE", "VERIFYING", "CUTOVER", "ROLLBACK_WINDOW", "CLEANUP"})
    void a_migration_goes_on_when_the_control_plane_is_killed_in(Phase phase) {
        kills.assertCompletesAfterAKillIn(phase);
    }

    @Order(2)
    @Test
    void a_control_plane_that_has_lost_its_disk_knows_all_that_was_decided() throws IOException {
        TestCell cell = kills.cell;
        cell.loseOrchestrators();
        cell.restartOrchestrators();
        kills.awaitCompleted(kills.migrate(ControlPlaneKills.options(null)));

        try (CellAudit audit = new CellAudit(cell.clients(), cell.cell(), cell.serdes())) {
            CellAudit.Result result = audit.verify(Duration.ofSeconds(60));
            assertThat(result.findings()).isEmpty(); // I8
            assertThat(result.events()).isGreaterThanOrEqualTo(8 * 10);
        }
    }

    @Order(3)
    @Test
    void clients_noticed_nothing() {
        assertThat(kills.traffic.verdict().operations()).isGreaterThan(1_000);
        assertThat(kills.traffic.errors()).isEmpty();
    }
}
