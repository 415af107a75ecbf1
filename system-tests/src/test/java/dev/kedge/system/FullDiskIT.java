package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.UnavailableException;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
 * A worker's disk runs full and gets room again, in the middle of a copy to it and under its clients' writes. The disk is a small file system of its
 * own, which only root can make. One cell; shard-1 is on that disk.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
final class FullDiskIT {
    private static final int DISK_MEGABYTES = 320;
    /** Less than the store's memory for new rows, so that it has to write while there are writes. */
    private static final int FREE_MEGABYTES = 6;

    private static final int MOST_WRITES = 20_000;
    private static final String VALUE = "v".repeat(8_000);

    private static final KeyRange MOVING = TestCell.slots(12_288, 16_384);
    /** More than the store's memory for new rows and what is free together. */
    private static final int MOVED_ROWS = 6_000;

    private static final int BATCH = 50;

    @TempDir
    static Path dir;

    private boolean mounted;
    private TestCell cell;
    private KedgeClient client;
    private KeyspaceClient keys;

    @BeforeAll
    void start() throws IOException {
        Path disk = Files.createDirectories(dir.resolve("worker-1"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MEGABYTES + "m", "tmpfs", disk.toString());
        assumeTrue(mounted || isRoot(), "a small file system can't be mounted here: this needs root");
        Needs.that(mounted, "root can't mount a small file system here: this needs the right to, CAP_SYS_ADMIN");
        cell = TestCell.start(dir, 2);
        client = new KedgeClient(
                cell.routing(), ClientSettings.DEFAULTS.withDeadline(Duration.ofSeconds(3)), OperationObserver.NONE);
        keys = client.keyspace(TestCell.KEYSPACE);
    }

    @AfterAll
    void close() {
        try {
            if (cell != null) {
                client.close();
                cell.close();
            }
        } finally {
            if (mounted) {
                assertThat(run("umount", dir.resolve("worker-1").toString())).isTrue();
            }
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private Path filler() {
        return dir.resolve("worker-1").resolve("filler");
    }

    /** The source's clients notice nothing of a copy that has come to a halt. */
    @Order(1)
    @Test
    void a_copy_to_a_full_disk_halts_with_the_reason_and_goes_on_when_there_is_room() throws IOException {
        Map<Bytes, Bytes> rows = rowsIn(MOVING);
        List<Bytes> all = List.copyOf(rows.keySet());
        for (int i = 0; i < all.size(); i += BATCH) {
            Map<Bytes, Bytes> batch = new LinkedHashMap<>();
            all.subList(i, Math.min(i + BATCH, all.size())).forEach(key -> batch.put(key, rows.get(key)));
            keys.mset(batch);
        }
        fill(filler());
        String migration = cell.migrate(
                "shard-2",
                "shard-1",
                MOVING,
                new MigrationOptions(1_000, 0, 0, 1_000, 100, 2_000, 2_000, 1, OnDivergence.ABORT));
        ShardStatus failed = cell.awaitStatus("shard-1", status -> status.state() == ShardState.FAILED);
        cell.assertPhase(migration, Phase.COPYING);
        assertThat(failed.reason()).contains("the disk is full: make room");
        for (Bytes key : all.subList(0, BATCH)) {
            keys.set(key, Bytes.utf8("written meanwhile"));
            rows.put(key, Bytes.utf8("written meanwhile"));
        }

        Files.delete(filler());
        cell.awaitPhase(migration, Phase.COMPLETED);
        assertThat(cell.event(migration, Event.Verified.class).rows()).isEqualTo(MOVED_ROWS);
        for (int i = 0; i < all.size(); i += BATCH) {
            List<Bytes> some = all.subList(i, Math.min(i + BATCH, all.size()));
            assertThat(keys.mget(some)).isEqualTo(some.stream().map(rows::get).toList());
        }
    }

    private static Map<Bytes, Bytes> rowsIn(KeyRange range) {
        Map<Bytes, Bytes> rows = new LinkedHashMap<>();
        for (int i = 0; rows.size() < MOVED_ROWS; i++) {
            Bytes key = Bytes.utf8("moved-" + i);
            if (range.contains(Placement.HASH.position(key))) {
                rows.put(key, Bytes.utf8(i + VALUE));
            }
        }
        return rows;
    }

    @Order(2)
    @Test
    void a_full_disk_stops_the_shard_with_the_reason_and_room_starts_it_again_with_nothing_lost() throws IOException {
        fill(filler());
        Map<String, String> acknowledged = new HashMap<>();
        Map<String, String> unknown = new HashMap<>();
        String refusal = writeUntilRefused(acknowledged, unknown);
        ShardStatus failed = cell.awaitStatus("shard-1", status -> status.state() == ShardState.FAILED);
        assertThat(failed.reason()).contains("the disk is full: make room");
        assertThat(refusal).as("what the client sees").isNotEmpty();
        assertThat(cell.worker("worker-1").isAlive()).isTrue();

        Files.delete(filler());
        cell.awaitServing("shard-1");
        keys.set("after", "room was made");
        assertThat(keys.get("after")).isEqualTo("room was made");
        acknowledged.forEach((key, value) -> assertThat(keys.get(key)).as(key).isEqualTo(value));
        unknown.forEach((key, value) -> assertThat(keys.get(key)).as(key).isIn(value, null));
        assertThat(cell.worker("worker-1").stop()).isZero();
    }

    /** Returns what the client was told. */
    private String writeUntilRefused(Map<String, String> acknowledged, Map<String, String> unknown) {
        for (int i = 0; i < MOST_WRITES; i++) {
            String key = "key-" + i;
            String value = i + VALUE;
            try {
                keys.set(key, value);
                acknowledged.put(key, value);
            } catch (IndeterminateOutcomeException e) {
                unknown.put(key, value);
                return String.valueOf(e.getMessage());
            } catch (UnavailableException e) {
                return String.valueOf(e.getMessage());
            }
        }
        throw new AssertionError("the disk of " + DISK_MEGABYTES + " MB took " + MOST_WRITES + " rows of 8 kB");
    }

    private static void fill(Path filler) throws IOException {
        long bytes = filler.toFile().getParentFile().getUsableSpace() - FREE_MEGABYTES * 1_000_000L;
        byte[] block = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(filler)) {
            for (long written = 0; written < bytes; written += block.length) {
                out.write(block);
            }
        }
    }

    private static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
