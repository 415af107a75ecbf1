package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Phase;
import dev.kedge.schemas.command.Command;
import java.nio.file.Path;
import java.util.List;
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

/** The only control plane is killed with -9 in each phase, there and on the way back, and goes on when it is started again (I9). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
final class OrchestratorRestartedIT {
    /** A copy at this pace is not over within this test. */
    private static final int HARDLY_ANY_ROWS_PER_SECOND = 10;

    @TempDir
    static Path dir;

    private ControlPlaneKills kills;

    @BeforeAll
    void start() {
        kills = new ControlPlaneKills(dir, 1);
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
    void a_migration_goes_on_when_the_control_plane_is_started_again_that_was_killed_in(Phase phase) {
        kills.assertCompletesAfterAKillIn(phase);
    }

    @Order(1)
    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"VERIFYING", "CUTOVER"})
    void a_rollback_goes_on_when_the_control_plane_is_started_again_that_was_killed_on_the_way_back_in(Phase phase) {
        kills.assertRollsBackAfterAKillIn(phase);
    }

    /** Two others take all the room that a shard has for migrations. */
    @Order(1)
    @Test
    void a_migration_that_waits_for_room_begins_when_there_is_room_though_the_control_plane_was_killed_meanwhile() {
        TestCell cell = kills.cell;
        List<String> others = List.of(
                cell.migrate(
                        "shard-1",
                        "shard-2",
                        TestCell.slots(4096, 6144),
                        ControlPlaneKills.options(HARDLY_ANY_ROWS_PER_SECOND, 100, 0)),
                cell.migrate(
                        "shard-1",
                        "shard-2",
                        TestCell.slots(6144, 8192),
                        ControlPlaneKills.options(HARDLY_ANY_ROWS_PER_SECOND, 100, 0)));
        others.forEach(other -> cell.awaitPhase(other, Phase.COPYING));
        String migration = kills.migrate(ControlPlaneKills.options(null));
        assertThat(kills.kill(migration)).isEqualTo(Phase.PLANNED);
        others.forEach(other -> {
            assertThat(cell.phaseNow(other)).isEqualTo(Phase.COPYING);
            cell.ask(new Command.AbortMigration(other, "to make room"));
        });
        kills.awaitCompleted(migration);
    }

    @Order(2)
    @Test
    void clients_noticed_nothing() {
        assertThat(kills.traffic.verdict().operations()).isGreaterThan(1_000);
        assertThat(kills.traffic.errors()).isEmpty();
    }
}
