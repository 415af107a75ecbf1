package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.router.UnavailableException;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * Workers that die for good, in the phases of a migration: their shards are opened elsewhere, and the migration ends. One cell of three
 * workers, one stream of traffic whose whole history is checked at the end; who died comes back as an empty worker.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(240)
final class FailoverIT {
    private static final KeyRange MOVING = TestCell.slots(0, 4096);
    private static final Map<String, String> LOADED = JedisKeys.rows(3_000);
    private static final long LOST_MILLIS = 3_000;

    @TempDir
    static Path dir;

    private TestCell cell;
    private KedgeKeys keys;
    private Traffic traffic;
    private String owner = "shard-1";

    @BeforeAll
    void start() {
        cell = TestCell.start(dir, TestCell.Setup.shared(3, 1).failingOverAfter(LOST_MILLIS));
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
        }
        keys = new KedgeKeys(cell);
        traffic = Traffic.start(keys);
    }

    @AfterAll
    void close() {
        traffic.close();
        keys.close();
        cell.close();
    }

    @Test
    @Order(1)
    void the_source_dies_while_its_range_is_copied() {
        String migration = migrate(500, 100, 0);
        cell.awaitPhase(migration, Phase.COPYING);
        String died = kill(owner);
        cell.awaitPhase(migration, Phase.COMPLETED);
        comesBackEmpty(died);
        owner = other();
    }

    @Test
    @Order(2)
    void the_destination_dies_while_both_sides_write() {
        String migration = migrate(0, 2_000, 0);
        cell.awaitPhase(migration, Phase.DUAL_WRITE);
        String died = kill(other());
        cell.awaitPhase(migration, Phase.COMPLETED);
        comesBackEmpty(died);
        owner = other();
    }

    @Test
    @Order(3)
    void the_source_dies_at_the_cutover() {
        String migration = migrate(0, 100, 0);
        cell.awaitPhase(migration, Phase.CUTOVER);
        String died = kill(owner);
        cell.awaitPhase(migration, Phase.COMPLETED);
        comesBackEmpty(died);
        owner = other();
    }

    @Test
    @Order(4)
    void the_destination_dies_at_the_cutover() {
        String migration = migrate(0, 100, 0);
        cell.awaitPhase(migration, Phase.CUTOVER);
        String died = kill(other());
        cell.awaitPhase(migration, Phase.COMPLETED);
        comesBackEmpty(died);
        owner = other();
    }

    @Test
    @Order(5)
    void the_destination_dies_in_the_rollback_window_and_the_way_back_is_open() {
        String migration = migrate(0, 100, 600_000);
        cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
        keys.set("written-to-the-destination", "kept");
        String died = kill(other());
        cell.ask(new Command.RollbackMigration(migration, "its worker is gone"));
        cell.awaitPhase(migration, Phase.ROLLED_BACK);
        assertThat(keys.get("written-to-the-destination")).isEqualTo("kept");
        comesBackEmpty(died);
    }

    @Test
    @Order(6)
    void a_worker_that_stood_still_until_its_shards_were_gone_wakes_up_as_nobody() {
        String zombie = hostOf(owner);
        List<String> had = shardsOn(zombie);
        cell.worker(zombie).pause();
        cell.await(zombie + " is lost", () -> worker(zombie).lost());
        had.forEach(cell::awaitServing);
        traffic.awaitAnswers(200);
        cell.worker(zombie).resume();
        cell.await(zombie + " is back", () -> !worker(zombie).lost());
        cell.awaitReport(
                zombie + " hosts nothing",
                report -> report instanceof Report.Heartbeat h
                        && h.worker().equals(zombie)
                        && h.shards().isEmpty());
        traffic.awaitAnswers(200);
    }

    @Test
    @Order(7)
    void a_worker_is_drained_and_no_client_notices() {
        String drained = hostOf(owner);
        int before = traffic.errors().size();
        cell.ask(new Command.DrainWorker(drained, options(0, 100, 0)));
        cell.await(drained + " is drained", () -> worker(drained).service() instanceof Worker.Drained);
        assertThat(cell.state().keyspaces().values())
                .allMatch(k -> k.tablets().values().stream()
                        .noneMatch(t -> hostOf(t.shard()).equals(drained)));
        traffic.awaitAnswers(200);
        assertThat(traffic.errors()).as("clients' errors while draining").hasSize(before);
        cell.ask(new Command.UndrainWorker(drained));
    }

    @Test
    @Order(8)
    void nothing_was_lost_doubled_or_stale() {
        assertThat(traffic.verdict().operations()).isGreaterThan(1_000);
        // Whoever asked the dead may not know what became of a write, or had to give up while nobody served.
        assertThat(traffic.errors())
                .allMatch(error -> error.contains(IndeterminateOutcomeException.class.getSimpleName())
                        || error.contains(UnavailableException.class.getSimpleName()));
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.assertHolds(LOADED);
        }
    }

    private static MigrationOptions options(int rowsPerSecond, int stableMillis, long windowMillis) {
        return new MigrationOptions(
                1_000, windowMillis, rowsPerSecond, 1_000, stableMillis, 1_000, 1_000, 2, OnDivergence.RECOPY);
    }

    private String migrate(int rowsPerSecond, int stableMillis, long windowMillis) {
        return cell.migrate(owner, other(), MOVING, options(rowsPerSecond, stableMillis, windowMillis));
    }

    private String other() {
        return owner.equals("shard-1") ? "shard-2" : "shard-1";
    }

    private Worker worker(String name) {
        return Objects.requireNonNull(cell.state().worker(name));
    }

    private String hostOf(String shard) {
        return Objects.requireNonNull(cell.state().shard(shard)).worker();
    }

    private List<String> shardsOn(String worker) {
        return cell.state().shards().values().stream()
                .filter(s -> s.worker().equals(worker))
                .map(Shard::name)
                .toList();
    }

    /** Kills the shard's worker for good; returns it when all its shards serve elsewhere. */
    private String kill(String shard) {
        String worker = hostOf(shard);
        List<String> had = shardsOn(worker);
        cell.worker(worker).kill();
        cell.await(
                worker + " is lost",
                () -> worker(worker).lost() && shardsOn(worker).isEmpty());
        had.forEach(cell::awaitServing);
        return worker;
    }

    private void comesBackEmpty(String worker) {
        cell.restartWorker(worker);
        cell.await(worker + " joins", () -> !worker(worker).lost());
        traffic.awaitAnswers(100);
        assertThat(shardsOn(worker)).isEmpty();
        assertThat(cell.state().finished().values())
                .as("nothing diverged")
                .noneMatch(m ->
                        cell.view().history(m.id()).stream().anyMatch(e -> e.event() instanceof Event.DivergenceFound));
    }
}
