package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kedge.router.ClientSettings;
import dev.kedge.router.IndeterminateOutcomeException;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.UnavailableException;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker's disk runs full and gets room again. The disk is a small file system of its own, which only root can make. */
@Timeout(180)
final class FullDiskIT {
    private static final int DISK_MEGABYTES = 160;
    /** Less than the store's memory for new rows, so that it has to write while there are writes. */
    private static final int FREE_MEGABYTES = 6;

    private static final int MOST_WRITES = 20_000;
    private static final String VALUE = "v".repeat(8_000);

    @TempDir
    Path dir;

    private boolean mounted;
    private TestCell cell;

    @BeforeEach
    void start() throws IOException {
        Path disk = Files.createDirectories(dir.resolve("worker-1"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MEGABYTES + "m", "tmpfs", disk.toString());
        assumeTrue(mounted, "a small file system can't be mounted here: this needs root");
        cell = TestCell.start(dir, 1);
    }

    @AfterEach
    void close() {
        if (cell != null) {
            cell.close();
        }
        if (mounted) {
            assertThat(run("umount", dir.resolve("worker-1").toString())).isTrue();
        }
    }

    @Test
    void a_full_disk_stops_the_shard_with_the_reason_and_room_starts_it_again_with_nothing_lost() throws IOException {
        Path filler = dir.resolve("worker-1").resolve("filler");
        fill(filler);
        Map<String, String> acknowledged = new HashMap<>();
        Map<String, String> unknown = new HashMap<>();
        try (KedgeClient client = new KedgeClient(
                cell.routing(), ClientSettings.DEFAULTS.withDeadline(Duration.ofSeconds(3)), OperationObserver.NONE)) {
            KeyspaceClient keys = client.keyspace(TestCell.KEYSPACE);
            String refusal = writeUntilRefused(keys, acknowledged, unknown);
            ShardStatus failed = cell.awaitStatus("shard-1", status -> status.state() == ShardState.FAILED);
            assertThat(failed.reason()).contains("the disk is full: make room");
            assertThat(refusal).as("what the client sees").isNotEmpty();
            assertThat(cell.worker("worker-1").isAlive()).isTrue();

            Files.delete(filler);
            cell.awaitServing("shard-1");
            keys.set("after", "room was made");
            assertThat(keys.get("after")).isEqualTo("room was made");
            acknowledged.forEach(
                    (key, value) -> assertThat(keys.get(key)).as(key).isEqualTo(value));
            unknown.forEach((key, value) -> assertThat(keys.get(key)).as(key).isIn(value, null));
        }
        assertThat(cell.worker("worker-1").stop()).isZero();
    }

    /** Returns what the client was told. */
    private static String writeUntilRefused(
            KeyspaceClient keys, Map<String, String> acknowledged, Map<String, String> unknown) {
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
