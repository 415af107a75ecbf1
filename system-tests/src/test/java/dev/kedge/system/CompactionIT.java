package dev.kedge.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.kafka.KafkaNode;
import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka's cleaner really runs: segments of a fraction of a second, no compaction lag, tombstones that expire. What Kedge's settings put hours or
 * days apart happens within seconds, so the order of things is the worst there is.
 */
@Timeout(240)
final class CompactionIT {
    private static final String SHARD = "shard-1";
    private static KafkaNode kafka;

    @TempDir
    Path dir;

    private TestCell cell;
    private ShardLog log;

    @BeforeAll
    static void startKafka() {
        kafka = KafkaNode.builder()
                .property("log.cleaner.backoff.ms", "100")
                .property("log.initial.task.delay.ms", "100")
                .start();
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    private void start(int workers) {
        cell = TestCell.start(dir, new TestCell.Setup(workers, 1, 1, kafka.bootstrap(), name -> kafka.bootstrap()));
        log = new ShardLog(cell, SHARD);
    }

    @AfterEach
    void close() {
        cell.close();
    }

    /** R5, R7, R1: the worst case, in which compaction has thrown away what was acknowledged and kept what is void. */
    @Test
    void what_is_void_wins_compaction_and_is_repaired_before_the_disk_is_lost() throws IOException {
        start(1);
        log.settings(
                Map.of("delete.retention.ms", "600000")); // the void tombstone is still there when the owner comes back
        Map<String, String> rows = new TreeMap<>();
        for (String key : List.of("overwritten", "deleted", "imported", "evicted", "untouched")) {
            rows.put(key, "acknowledged " + key);
        }
        try (KedgeKeys keys = new KedgeKeys(cell)) {
            rows.forEach(keys::set);
        }
        ShardRecord.Opened zombie = log.lastOpened();
        cell.worker("worker-1").kill();
        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        assertThat(cell.worker("worker-1").stop()).as("its store is on disk").isZero();
        List<Long> openings = log.offsets(record -> record instanceof ShardRecord.Opened);
        assertThat(openings).hasSizeGreaterThanOrEqualTo(2);

        // A producer of the first opening, whose batches were stuck somewhere, after the second opening.
        long epoch = zombie.epoch();
        long incarnation = zombie.incarnation();
        long firstVoid =
                log.append(key("overwritten"), new ShardRecord.Change(epoch, incarnation, "void".getBytes(UTF_8)));
        log.append(key("deleted"), new ShardRecord.Change(epoch, incarnation, null));
        log.append(key("imported"), new ShardRecord.Import(epoch, incarnation, "m7", 1, 3, "void".getBytes(UTF_8)));
        log.append(key("evicted"), new ShardRecord.EvictRow(epoch, incarnation, 1, "m7", 1));
        log.awaitCompacted(
                "only the void records of these keys are left",
                offsets -> offsets.stream()
                        .noneMatch(offset -> offset < firstVoid
                                && log.isKey(
                                        offset, key("overwritten"), key("deleted"), key("imported"), key("evicted"))));

        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        assertHolds(rows);
        log.awaitLast(key("overwritten"), record -> record instanceof ShardRecord.Restore);
        log.awaitLast(key("evicted"), record -> record instanceof ShardRecord.Restore);
        log.awaitLast(key("deleted"), record -> record instanceof ShardRecord.Restore);
        log.awaitLast(key("imported"), record -> record instanceof ShardRecord.Restore);

        cell.worker("worker-1").kill();
        log.awaitCompacted("the void records are gone", offsets -> !offsets.contains(firstVoid));
        cell.loseDisk("worker-1");
        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        assertHolds(rows);
        assertThat(log.offsets(record -> record instanceof ShardRecord.Opened))
                .as("R7: no judge was compacted away")
                .containsAll(openings);
    }

    /** R0: interleaving 7, on a store. */
    @Test
    void a_store_that_was_away_longer_than_tombstones_last_starts_afresh() throws IOException {
        start(1);
        log.settings(Map.of("delete.retention.ms", "3000"));
        cell.worker("worker-1").kill(); // what is old is judged by the topic's setting as of the opening
        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        try (KedgeKeys keys = new KedgeKeys(cell)) {
            keys.set("stays", "1");
            keys.set("goes", "2");
        }
        assertThat(cell.worker("worker-1").stop()).isZero();
        Path old = dir.resolve("old");
        copy(cell.workerDir("worker-1"), old);

        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        try (KedgeKeys keys = new KedgeKeys(cell)) {
            keys.del("goes");
            log.awaitCompacted(
                    "the deleted key has no record left",
                    offsets -> offsets.stream().noneMatch(offset -> log.isKey(offset, key("goes"))));
        }
        cell.worker("worker-1").kill();
        cell.loseDisk("worker-1");
        copy(old, cell.workerDir("worker-1"));
        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        try (KedgeKeys keys = new KedgeKeys(cell)) {
            assertThat(keys.get("stays")).isEqualTo("1");
            assertThat(keys.get("goes")).as("deleted while this store was away").isNull();
        }
    }

    /** R0: interleaving 7, on an importer. Both shards on one worker, so that nobody takes the importer over. */
    @Test
    void an_importer_that_was_away_longer_than_tombstones_last_begins_anew() {
        start(1);
        String destination = "shard-9";
        cell.ask(new Command.AddShard(destination, "worker-1"));
        cell.awaitServing(destination);
        ShardLog copy = new ShardLog(cell, destination);
        log.settings(Map.of("delete.retention.ms", "3000"));
        copy.settings(Map.of("delete.retention.ms", "3000"));
        cell.worker("worker-1").kill();
        cell.restartWorker("worker-1");
        cell.awaitServing(SHARD);
        Map<String, String> rows = JedisKeys.rows(1_000);
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(rows);
        }
        String migration = cell.migrate(
                SHARD,
                destination,
                TestCell.slots(0, 16_384),
                new MigrationOptions(1_000, 0, 200, 1_000, 200, 1_000, 2_000, 1, OnDivergence.ABORT));
        cell.awaitReport(
                "some rows are copied",
                report -> report instanceof Report.ReplicaProgress p
                        && p.migration().equals(migration)
                        && p.rows() > 100);
        cell.worker("worker-1").kill();
        assertThat(cell.phaseNow(migration)).isEqualTo(Phase.COPYING);
        int begun = copy.offsets(record -> record instanceof ShardRecord.ImportStarted)
                .size();
        long last = copy.lastTimestamp();
        log.awaitTime("the importer has been away for longer than half the tombstones' time", last + 2_000);

        cell.restartWorker("worker-1");
        cell.awaitPhase(migration, Phase.COMPLETED);
        assertThat(copy.offsets(record -> record instanceof ShardRecord.ImportStarted))
                .as("it began anew")
                .hasSizeGreaterThan(begun);
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.assertHolds(rows);
        }
    }

    private Bytes key(String key) {
        return ShardKeys.data(cell.keyspaceId(), Placement.HASH.position(Bytes.utf8(key)));
    }

    private void assertHolds(Map<String, String> rows) {
        try (KedgeKeys keys = new KedgeKeys(cell)) {
            rows.forEach((key, value) -> assertThat(keys.get(key)).as(key).isEqualTo(value));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }
}
