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
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers are killed with -9, with and without their disks. */
@Timeout(180)
final class WorkerRestartIT {
    private static final Map<String, String> LOADED = JedisKeys.rows(6_000);
    private static final KeyRange MOVING = TestCell.slots(0, 4096);

    @TempDir
    Path dir;

    private TestCell cell;

    @BeforeEach
    void start() {
        cell = TestCell.start(dir, 2);
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
        }
    }

    @AfterEach
    void close() {
        cell.close();
    }

    @Test
    void what_was_acknowledged_is_there_after_a_kill_with_and_without_the_disk() throws IOException {
        try (KedgeKeys keys = new KedgeKeys(cell);
                Traffic traffic = Traffic.start(keys)) {
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
        }
    }

    @Test
    void a_migration_goes_on_when_the_destination_was_killed_while_copying_and_the_source_in_the_window() {
        MigrationOptions options =
                new MigrationOptions(1_000, 2_000, 500, 1_000, 200, 1_000, 2_000, 2, OnDivergence.ABORT);
        try (KedgeKeys keys = new KedgeKeys(cell);
                Traffic traffic = Traffic.start(keys)) {
            String migration = cell.migrate("shard-1", "shard-2", MOVING, options);
            cell.awaitPhase(migration, Phase.COPYING);
            cell.awaitReport(
                    "rows are copied",
                    report -> report instanceof Report.ReplicaProgress p
                            && p.migration().equals(migration)
                            && p.rows() > 0);
            cell.worker("worker-2").kill();
            assertThat(cell.phaseNow(migration)).isEqualTo(Phase.COPYING);
            cell.restartWorker("worker-2");

            cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
            cell.worker("worker-1").kill();
            assertThat(cell.phaseNow(migration)).isEqualTo(Phase.ROLLBACK_WINDOW);
            cell.awaitPhase(migration, Phase.CLEANUP);
            cell.restartWorker("worker-1");
            cell.awaitPhase(migration, Phase.COMPLETED);

            assertThat(cell.view().history(migration).stream().map(EventEnvelope::event))
                    .as("it resumed")
                    .noneMatch(Event.RecopyStarted.class::isInstance);
            traffic.awaitAnswers(200);
            traffic.verdict();
            assertOnlyUnknownOutcomes(traffic);
            assertAllLoaded();
        }
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(StoredRows.of(cell, "worker-1", "shard-1", MOVING).rows()).isZero();
    }

    @Test
    void the_source_dies_at_the_cutover_and_what_was_written_without_it_comes_back_with_a_rollback() {
        MigrationOptions options =
                new MigrationOptions(1_000, 600_000, 0, 1_000, 200, 1_000, 500, 2, OnDivergence.ABORT);
        try (KedgeKeys keys = new KedgeKeys(cell);
                Traffic traffic = Traffic.start(keys)) {
            String migration = cell.migrate("shard-1", "shard-2", MOVING, options);
            cell.awaitPhase(migration, Phase.CUTOVER);
            cell.worker("worker-1").kill();
            cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
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
            }
            traffic.awaitAnswers(200);
            traffic.verdict();
            assertOnlyUnknownOutcomes(traffic);
        }
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
