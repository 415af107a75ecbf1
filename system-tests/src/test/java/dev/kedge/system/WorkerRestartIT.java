package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Slots;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.shard.ShardRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
 * Workers are killed with -9, with and without their disks, and started again before their shards are given to others. One cell; each story has keys
 * of its own, and the next one begins where the range was left.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
final class WorkerRestartIT {
    private static final Map<String, String> LOADED = JedisKeys.rows(6_000);
    private static final KeyRange MOVING = TestCell.slots(0, 4096);

    /** A copy takes a second at first, and longer as the logs grow. */
    private static final int SLOW_ROWS_PER_SECOND = 1_500;

    @TempDir
    static Path dir;

    private TestCell cell;
    private KedgeKeys keys;

    @BeforeAll
    void start() {
        cell = TestCell.start(dir, 2);
        keys = new KedgeKeys(cell);
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
        }
    }

    @AfterAll
    void close() {
        if (keys != null) {
            keys.close();
        }
        if (cell != null) {
            cell.close();
        }
    }

    @Order(1)
    @Test
    void what_was_acknowledged_is_there_after_a_kill_with_and_without_the_disk() throws IOException {
        try (Traffic traffic = Traffic.start("killed-", keys)) {
            traffic.awaitAnswers(500);
            cell.worker("worker-1").kill();
            cell.restartWorker("worker-1");
            cell.awaitServing("shard-1");
            traffic.awaitAnswers(500);
            traffic.verdict();
            assertOnlyUnknownOutcomes(traffic);
            assertAllLoaded();
            assertThat(cell.worker("worker-1").stop()).isZero();
            StoredRows withDisk = StoredRows.of(cell, "worker-1", "shard-1", KeyRange.ALL);
            assertThat(withDisk.rows()).isGreaterThan(LOADED.size() / 3);

            cell.loseDisk("worker-1");
            cell.restartWorker("worker-1");
            cell.awaitServing("shard-1");
            traffic.verdict();
            assertAllLoaded();
            cell.worker("worker-1").kill(); // what it had not flushed of the rebuilt store is read from the log again
            cell.restartWorker("worker-1");
            cell.awaitServing("shard-1");
            assertThat(cell.worker("worker-1").stop()).isZero();
            assertThat(StoredRows.of(cell, "worker-1", "shard-1", KeyRange.ALL))
                    .as("I7")
                    .isEqualTo(withDisk);
            cell.restartWorker("worker-1");
        }
    }

    @Order(2)
    @Test
    void the_source_dies_at_the_cutover_and_what_was_written_without_it_comes_back_with_a_rollback() {
        try (Traffic traffic = Traffic.start("cutover-", keys)) {
            ChildJvm source = cell.worker("worker-1");
            String migration = cell.cutOverUnseen(
                    "shard-1",
                    "shard-2",
                    MOVING,
                    new MigrationOptions(1_000, 600_000, 0, 1_000, 1_000, 10_000, 500, 2, OnDivergence.ABORT),
                    source::pause);
            source.kill();
            cell.assertPhase(migration, Phase.CUTOVER);
            cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
            assertThat(new ShardLog(cell, "shard-1").fences(migration))
                    .extracting(ShardRecord.Fence::byOwner)
                    .containsExactly(false);
            List<String> moved = LOADED.keySet().stream()
                    .filter(key -> MOVING.contains(Slots.bound(Slots.of(Bytes.utf8(key)))))
                    .limit(200)
                    .toList();
            moved.forEach(key -> keys.set(key, "written without the source"));

            cell.restartWorker("worker-1");
            cell.ask(new Command.RollbackMigration(migration, "the source is back"));
            cell.awaitPhase(migration, Phase.ROLLED_BACK);
            for (String key : moved) {
                assertThat(keys.get(key)).isEqualTo("written without the source");
                keys.set(key, LOADED.get(key));
            }
            traffic.awaitAnswers(200);
            traffic.verdict();
            assertOnlyUnknownOutcomes(traffic);
            assertAllLoaded();
        }
    }

    @Order(3)
    @ParameterizedTest
    @CsvSource({"shard-1, shard-2, COPYING", "shard-2, shard-1, DUAL_WRITE"})
    void a_migration_goes_on_when_both_its_workers_were_killed(String from, String to, Phase phase) {
        int rowsPerSecond = phase == Phase.COPYING ? SLOW_ROWS_PER_SECOND : 0;
        try (Traffic traffic = Traffic.start("both-in-" + phase + "-", keys)) {
            String migration = cell.migrate(from, to, MOVING, options(rowsPerSecond, 2_000, 0));
            cell.awaitPhase(migration, phase);
            cell.worker("worker-1").kill();
            cell.worker("worker-2").kill();
            cell.assertPhase(migration, phase);
            cell.restartWorker("worker-1", "worker-2");
            cell.awaitPhase(migration, Phase.COMPLETED);
            assertResumed(migration);
            traffic.awaitAnswers(200);
            traffic.verdict();
            assertOnlyUnknownOutcomes(traffic);
            assertAllLoaded();
        }
    }

    @Order(4)
    @Test
    void a_migration_goes_on_when_the_destination_was_killed_while_copying_and_the_source_in_the_window() {
        try (Traffic traffic = Traffic.start("each-", keys)) {
            String migration = cell.migrate("shard-1", "shard-2", MOVING, options(SLOW_ROWS_PER_SECOND, 200, 2_000));
            cell.awaitPhase(migration, Phase.COPYING);
            cell.awaitReport(
                    "rows are copied",
                    report -> report instanceof Report.ReplicaProgress p
                            && p.migration().equals(migration)
                            && p.rows() > 0);
            cell.worker("worker-2").kill();
            cell.assertPhase(migration, Phase.COPYING);
            cell.restartWorker("worker-2");

            cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
            cell.worker("worker-1").kill();
            cell.assertPhase(migration, Phase.ROLLBACK_WINDOW);
            cell.awaitPhase(migration, Phase.CLEANUP);
            cell.restartWorker("worker-1");
            cell.awaitPhase(migration, Phase.COMPLETED);

            assertResumed(migration);
            traffic.awaitAnswers(200);
            traffic.verdict();
            assertOnlyUnknownOutcomes(traffic);
            assertAllLoaded();
        }
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(StoredRows.of(cell, "worker-1", "shard-1", MOVING).rows()).isZero();
    }

    private static MigrationOptions options(int rowsPerSecond, int stableMillis, long windowMillis) {
        return new MigrationOptions(
                1_000, windowMillis, rowsPerSecond, 1_000, stableMillis, 1_000, 2_000, 2, OnDivergence.ABORT);
    }

    private void assertResumed(String migration) {
        assertThat(cell.view().history(migration).stream().map(EventEnvelope::event))
                .as("it resumed")
                .noneMatch(Event.RecopyStarted.class::isInstance);
    }

    private void assertAllLoaded() {
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.assertHolds(LOADED);
        }
    }

    /** A client of a killed worker may not know what became of a write; it is never refused one. */
    private static void assertOnlyUnknownOutcomes(Traffic traffic) {
        assertThat(traffic.errors())
                .allMatch(error -> error.contains(IndeterminateOutcomeException.class.getSimpleName()));
    }
}
