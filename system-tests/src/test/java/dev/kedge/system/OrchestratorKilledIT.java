package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.audit.CellAudit;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

/**
 * The control plane is killed with -9 in each phase, and the one that stood by takes over (I9). One cell, one stream of traffic; half of a
 * shard's slots goes back and forth, a migration for each phase.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
final class OrchestratorKilledIT {
    private static final KeyRange MOVING = TestCell.slots(0, 4096);
    private static final Map<String, String> LOADED = JedisKeys.rows(6_000);

    /** How long the copy takes where it is to be caught copying: about a second. */
    private static final int SLOW_ROWS_PER_SECOND = 1_500;

    /** How often a phase that lasts some milliseconds only may be over before the kill arrives. */
    private static final int TRIES = 5;

    @TempDir
    static Path dir;

    private TestCell cell;
    private JedisKeys jedis;
    private Traffic traffic;
    private String owner = "shard-1";

    @BeforeAll
    void start() {
        cell = TestCell.start(dir, TestCell.Setup.shared(2, 2));
        jedis = new JedisKeys(cell);
        jedis.load(LOADED);
        traffic = Traffic.start(jedis);
    }

    @AfterAll
    void close() {
        traffic.close();
        jedis.close();
        cell.close();
    }

    @Order(1)
    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"COPYING", "CATCHING_UP", "DUAL_WRITE", "VERIFYING", "CUTOVER", "ROLLBACK_WINDOW", "CLEANUP"})
    void a_migration_goes_on_when_the_control_plane_is_killed_in(Phase phase) {
        Phase killedIn = migrateAndKillIn(phase);
        for (int i = 1; i < TRIES && killedIn != phase; i++) {
            killedIn = migrateAndKillIn(phase);
        }
        assertThat(killedIn).isEqualTo(phase);
    }

    @Order(2)
    @Test
    void a_control_plane_that_has_lost_its_disk_knows_all_that_was_decided() throws IOException {
        cell.loseOrchestrators();
        cell.restartOrchestrators();
        String migration = cell.migrate(owner, owner.equals("shard-1") ? "shard-2" : "shard-1", MOVING, options(null));
        cell.awaitPhase(migration, Phase.COMPLETED);

        try (CellAudit audit = new CellAudit(cell.clients(), cell.cell(), cell.serdes())) {
            CellAudit.Result result = audit.verify(Duration.ofSeconds(60));
            assertThat(result.findings()).isEmpty(); // I8
            assertThat(result.events()).isGreaterThanOrEqualTo(8 * 10);
        }
    }

    @Order(3)
    @Test
    void clients_noticed_nothing() {
        assertThat(traffic.verdict().operations()).isGreaterThan(1_000);
        assertThat(traffic.errors()).isEmpty();
    }

    /** Copying, dual-writing and the window last long enough to be caught; all else takes the time it takes. */
    private static MigrationOptions options(@Nullable Phase phase) {
        int rowsPerSecond = phase == Phase.COPYING ? SLOW_ROWS_PER_SECOND : 0;
        int dualWriteMillis = phase == Phase.DUAL_WRITE || phase == Phase.CATCHING_UP ? 2_000 : 100;
        int windowMillis = phase == Phase.ROLLBACK_WINDOW ? 1_000 : 0;
        return new MigrationOptions(
                1_000, windowMillis, rowsPerSecond, 1_000, dualWriteMillis, 2_000, 2_000, 2, OnDivergence.ABORT);
    }

    /** Returns the phase it really was in when it died. */
    private Phase migrateAndKillIn(Phase phase) {
        String to = owner.equals("shard-1") ? "shard-2" : "shard-1";
        String migration = cell.migrate(owner, to, MOVING, options(phase));
        boolean pause =
                phase == Phase.CATCHING_UP; // else over at once when the copy was fast; a pause ends the dual-write
        if (pause) {
            cell.awaitPhase(migration, Phase.DUAL_WRITE);
            int mark = cell.mark();
            cell.ask(new Command.PauseMigration(migration));
            cell.awaitPhase(migration, phase, mark);
        } else {
            cell.awaitPhase(migration, phase);
        }
        cell.orchestrator().kill();
        Phase killedIn = cell.phaseNow(migration);
        traffic.awaitAnswers(100);
        cell.awaitDeciding();
        if (pause) {
            cell.ask(new Command.ResumeMigration(migration));
        }
        cell.awaitPhase(migration, Phase.COMPLETED);
        cell.restartOrchestrators();
        owner = to;
        jedis.assertHolds(LOADED);
        assertThat(traffic.errors()).isEmpty();
        return killedIn;
    }
}
