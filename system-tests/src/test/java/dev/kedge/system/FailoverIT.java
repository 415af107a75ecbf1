package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.EngineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

    /** Long before the dead one's shard is opened elsewhere, whose opening would fence it too. */
    private static final int TAKEOVER_MILLIS = 300;

    private static final int NO_TAKEOVER_MILLIS = 600_000;

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
        if (traffic != null) {
            traffic.close();
            keys.close();
        }
        if (cell != null) {
            cell.close();
        }
    }

    @Test
    @Order(1)
    void a_worker_and_its_disk_are_gone_and_a_range_is_moved_off_its_shard() throws IOException {
        String gone = cell.hostOf(owner);
        assertThat(storesOf(owner)).as("nobody else has these rows").containsExactly(gone);
        cell.worker(gone).kill();
        cell.loseDisk(gone);
        cell.loseWorker(gone);
        assertThat(storesOf(owner)).as("where it was opened").containsExactly(cell.hostOf(owner));
        assertHoldsLoaded();

        String migration = migrate(options(0, 100, 0));
        cell.awaitPhase(migration, Phase.COMPLETED);
        assertThat(cell.event(migration, Event.Verified.class).rows())
                .as("rows on both sides")
                .isGreaterThanOrEqualTo(LOADED.keySet().stream()
                        .filter(key -> MOVING.contains(Placement.HASH.position(Bytes.utf8(key))))
                        .count());
        assertHoldsLoaded();
        moved(migration);
        cell.awaitBackEmpty(gone);
    }

    @Test
    @Order(2)
    void the_source_dies_while_its_range_is_copied() {
        String migration = migrate(options(500, 100, 0));
        cell.awaitPhase(migration, Phase.COPYING);
        String died = cell.hostOf(owner);
        dies(died, migration, Phase.COPYING);
        endsWithout(died, migration, Phase.COMPLETED);
        moved(migration);
    }

    @Test
    @Order(3)
    void the_destination_dies_while_both_sides_write() {
        String migration = migrate(options(0, 2_000, 0));
        cell.awaitPhase(migration, Phase.DUAL_WRITE);
        String died = cell.hostOf(destination(migration));
        dies(died, migration, Phase.DUAL_WRITE);
        endsWithout(died, migration, Phase.COMPLETED);
        moved(migration);
    }

    /** It stands still before the cutover and is killed after it, so it has seen nothing of it: only the destination can have fenced its log. */
    @Test
    @Order(4)
    void the_source_dies_at_the_cutover() {
        String from = owner;
        String to = elsewhere();
        ChildJvm source = cell.workerOf(from);
        String died = cell.hostOf(from);
        String migration = cell.cutOverUnseen(from, to, MOVING, unseen(TAKEOVER_MILLIS), source::pause);
        dies(died, migration, Phase.CUTOVER);
        endsWithout(died, migration, Phase.COMPLETED);

        List<ShardRecord.Fence> fences = new ShardLog(cell, from).fences(migration);
        assertThat(fences).extracting(ShardRecord.Fence::byOwner).containsExactly(false);
        assertThat(Duration.ofMillis(measuredStallMillis(migration)))
                .as("the dead one's lease was waited out behind the fence")
                .isGreaterThanOrEqualTo(Duration.ofMillis(EngineSettings.DEFAULTS.leaseMillis()));
        assertHoldsLoaded();
        moved(migration);
    }

    /** The source stands still until the destination is dead, so that has had nothing to complete with; then the source fences its log itself. */
    @Test
    @Order(5)
    void the_destination_dies_at_the_cutover() {
        String from = owner;
        String to = elsewhere();
        ChildJvm source = cell.workerOf(from);
        String died = cell.hostOf(to);
        String migration = cell.cutOverUnseen(from, to, MOVING, unseen(NO_TAKEOVER_MILLIS), source::pause);
        dies(died, migration, Phase.CUTOVER);
        assertThat(new ShardLog(cell, from).fences(migration)).as("so far").isEmpty();
        source.resume();
        endsWithout(died, migration, Phase.COMPLETED);

        assertThat(new ShardLog(cell, from).fences(migration))
                .extracting(ShardRecord.Fence::byOwner)
                .containsExactly(true);
        assertThat(measuredStallMillis(migration))
                .as("nobody served before it was opened elsewhere")
                .isPositive();
        assertHoldsLoaded();
        moved(migration);
    }

    @Test
    @Order(6)
    void the_destination_dies_in_the_rollback_window_and_the_way_back_is_open() {
        String migration = migrate(options(0, 100, 600_000));
        cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
        keys.set("written-to-the-destination", "kept");
        String died = cell.hostOf(destination(migration));
        dies(died, migration, Phase.ROLLBACK_WINDOW);
        cell.ask(new Command.RollbackMigration(migration, "its worker is gone"));
        endsWithout(died, migration, Phase.ROLLED_BACK);
        assertThat(keys.get("written-to-the-destination")).isEqualTo("kept");
    }

    /** Clients go on asking the one that stands still, and it finds what they asked when it wakes up. */
    @Test
    @Order(7)
    void a_worker_that_stood_still_until_its_shards_were_gone_wakes_up_as_nobody() {
        String zombie = cell.hostOf(owner);
        List<String> had = cell.shardsOn(zombie);
        try (StubbornKeys ofZombie = new StubbornKeys(cell.endpoint(zombie));
                Traffic stubborn = traffic.alongside("stubborn", 2, ofZombie)) {
            stubborn.awaitAnswers(20);
            cell.worker(zombie).pause();
            cell.await(zombie + " is lost", () -> cell.isLost(zombie));
            had.forEach(cell::awaitServing);
            traffic.awaitAnswers(200);
            cell.worker(zombie).resume();
            cell.awaitBackEmpty(zombie);
            long answered = stubborn.answered();
            stubborn.awaitAsked(100);
            assertThat(stubborn.answered()).as("answers of nobody").isEqualTo(answered);
        }
        traffic.awaitAnswers(200);
    }

    @Test
    @Order(8)
    void a_worker_is_drained_and_no_client_notices() {
        String drained = cell.hostOf(owner);
        int before = traffic.errors().size();
        cell.ask(new Command.DrainWorker(drained, options(0, 100, 0)));
        cell.await(
                drained + " is drained",
                () -> Objects.requireNonNull(cell.state().worker(drained)).service() instanceof Worker.Drained);
        assertThat(cell.state().keyspaces().values())
                .allMatch(k -> k.tablets().values().stream()
                        .noneMatch(t -> cell.hostOf(t.shard()).equals(drained)));
        traffic.awaitAnswers(200);
        assertThat(traffic.errors()).as("clients' errors while draining").hasSize(before);
        cell.ask(new Command.UndrainWorker(drained));
    }

    @Test
    @Order(9)
    void nothing_was_lost_doubled_or_stale() {
        assertThat(traffic.verdict().operations()).isGreaterThan(1_000);
        // Whoever asked the dead may not know what became of a write.
        assertThat(traffic.errors())
                .allMatch(error -> error.contains(IndeterminateOutcomeException.class.getSimpleName()));
        assertHoldsLoaded();
        assertThat(cell.state().finished().values())
                .as("nothing diverged")
                .noneMatch(m ->
                        cell.view().history(m.id()).stream().anyMatch(e -> e.event() instanceof Event.DivergenceFound));
    }

    private static MigrationOptions options(int rowsPerSecond, int stableMillis, long windowMillis) {
        return new MigrationOptions(
                1_000, windowMillis, rowsPerSecond, 1_000, stableMillis, 1_000, 1_000, 2, OnDivergence.RECOPY);
    }

    /** The dual-write lasts long enough to be met, and outlasts a destination that stands still within it. */
    private static MigrationOptions unseen(int takeoverMillis) {
        return new MigrationOptions(1_000, 0, 0, 1_000, 1_000, 10_000, takeoverMillis, 2, OnDivergence.RECOPY);
    }

    private String migrate(MigrationOptions options) {
        return cell.migrate(owner, elsewhere(), MOVING, options);
    }

    /** A shard on another worker than the owner's: who kills the one does not kill the other. */
    private String elsewhere() {
        return cell.state().shards().values().stream()
                .filter(shard -> !shard.worker().equals(cell.hostOf(owner)))
                .map(Shard::name)
                .findFirst()
                .orElseThrow();
    }

    private String destination(String migration) {
        return cell.migration(migration).plan().to();
    }

    private void moved(String migration) {
        owner = destination(migration);
    }

    /** Kills a worker and makes sure of the phase the migration is in without it. */
    private void dies(String worker, String migration, Phase in) {
        cell.worker(worker).kill();
        cell.assertPhase(migration, in);
    }

    /** A worker stays dead, so its shards are opened elsewhere; the migration ends all the same, and the worker comes back empty. */
    private void endsWithout(String dead, String migration, Phase end) {
        cell.loseWorker(dead);
        cell.awaitPhase(migration, end);
        cell.awaitBackEmpty(dead);
        traffic.awaitAnswers(100);
    }

    private long measuredStallMillis(String migration) {
        return cell.event(migration, Event.CutoverCompleted.class).measuredStallMicros() / 1_000;
    }

    /** The workers that have a store of this shard on their disks. */
    private List<String> storesOf(String shard) {
        return cell.state().workers().values().stream()
                .map(Worker::name)
                .filter(worker -> Files.exists(cell.workerDir(worker).resolve(shard)))
                .toList();
    }

    private void assertHoldsLoaded() {
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.assertHolds(LOADED);
        }
    }
}
