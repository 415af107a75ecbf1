package dev.kedge.worker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

final class RocksStoreTest {
    private static final StoreIdentity SHARD_1 = new StoreIdentity("cell-a", "shard-1", "topic-id-1");

    @TempDir
    Path data;

    private StoreMemory memory;
    private RocksStore store;

    @BeforeEach
    void open() {
        memory = new StoreMemory(StoreSettings.ofMemory(64 << 20));
        store = RocksStore.open(data.resolve("shard-1"), SHARD_1, memory);
    }

    @AfterEach
    void close() {
        store.close();
        memory.close();
    }

    @Test
    void what_a_batch_changes_is_seen_after_its_commit_and_in_order() {
        Ports.Batch batch = store.batch();
        batch.put(key("b"), value("2"));
        batch.put(key("c"), value("3"));
        batch.put(key("a"), value("1"));
        batch.delete(key("c"));
        batch.put(key("empty"), new byte[0]);
        batch.meta("applied", value("17"));
        assertThat(store.get(key("a"))).isNull();
        batch.commit();

        assertThat(store.get(key("a"))).isEqualTo(value("1"));
        assertThat(store.get(key("c"))).isNull();
        assertThat(store.get(key("empty"))).isEmpty();
        assertThat(store.meta("applied")).isEqualTo(value("17"));
        assertThat(store.meta("a")).isNull();
        assertThat(keys(store.scan(key(""), key("z"), 10))).containsExactly("a", "b", "empty");
        assertThat(keys(store.scan(key("a"), key("b"), 10))).containsExactly("a");
        assertThat(keys(store.scan(key("a"), key("z"), 2))).containsExactly("a", "b");
        assertThatThrownBy(batch::commit).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void large_values_and_batches_pass_unharmed() {
        byte[] large = new byte[3_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31);
        }
        Ports.Batch batch = store.batch();
        batch.put(key("large"), large);
        for (int i = 0; i < 300; i++) {
            batch.put(Bytes.utf8("k".repeat(i + 1)), value("v" + i));
        }
        batch.commit();

        assertThat(store.get(key("large"))).isEqualTo(large);
        for (int i = 0; i < 300; i++) {
            assertThat(store.get(Bytes.utf8("k".repeat(i + 1)))).isEqualTo(value("v" + i));
        }
    }

    @Test
    void a_range_is_deleted_up_to_but_not_including_its_end_also_when_the_batch_itself_wrote_into_it() {
        put("a", "1");
        put("b", "2");
        put("c", "3");
        Ports.Batch batch = store.batch();
        batch.put(key("b2"), value("4"));
        batch.deleteRange(key("b"), key("c"));
        batch.put(key("b3"), value("5"));
        batch.deleteRange(key("x"), key("x"));
        batch.commit();
        assertThat(keys(store.scan(key(""), key("z"), 10))).containsExactly("a", "b3", "c");

        Ports.Batch nothing = store.batch();
        nothing.deleteRange(key("m"), key("n"));
        nothing.put(key("m1"), value("6"));
        nothing.commit();
        assertThat(keys(store.scan(key("d"), key("z"), 10))).containsExactly("m1");
    }

    @Test
    void meta_values_can_be_removed() {
        Ports.Batch batch = store.batch();
        batch.meta("x", value("1"));
        batch.commit();
        batch = store.batch();
        batch.meta("x", null);
        batch.commit();
        assertThat(store.meta("x")).isNull();
    }

    @Test
    void a_snapshot_shows_the_rows_of_its_moment_to_another_thread() {
        put("a", "1");
        put("b", "2");
        try (Ports.Snapshot snapshot = store.snapshot()) {
            put("a", "changed");
            put("c", "3");
            List<String> seen =
                    CompletableFuture.supplyAsync(() -> rows(snapshot)).join();
            assertThat(seen).containsExactly("a=1", "b=2");
            List<String> first = new ArrayList<>();
            snapshot.forEach(key("a"), key("z"), (k, v) -> {
                first.add(Bytes.wrap(k).toUtf8());
                return false;
            });
            assertThat(first).containsExactly("a");
        }
    }

    @Test
    void closing_the_store_stops_whoever_reads_a_snapshot() throws Exception {
        fill(0, 20_000);
        Ports.Snapshot snapshot = store.snapshot();
        CountDownLatch reading = new CountDownLatch(1);
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            while (true) {
                snapshot.forEach(key(""), key("z"), (k, v) -> {
                    reading.countDown();
                    return true;
                });
            }
        });
        reading.await();
        store.close();
        assertThatThrownBy(reader::join).hasRootCauseInstanceOf(StoreException.class);
        snapshot.close();
        snapshot.close();
    }

    @Test
    void a_closed_store_says_so() {
        store.close();
        store.close();
        assertThatThrownBy(() -> store.get(key("a")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.CLOSED));
        assertThatThrownBy(() -> store.batch()).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.snapshot()).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.estimate(key("a"), key("b"))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.clear()).isInstanceOf(StoreException.class);
    }

    @Test
    void memory_in_use_is_not_freed() {
        assertThatThrownBy(() -> memory.close()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void rows_and_meta_survive_closing() {
        put("a", "1");
        reopen();
        assertThat(store.get(key("a"))).isEqualTo(value("1"));
    }

    @Test
    void clearing_removes_rows_and_meta_and_the_store_goes_on() {
        fill(0, 1_000);
        Ports.Batch batch = store.batch();
        batch.meta("applied", value("1000"));
        batch.commit();
        Ports.Snapshot snapshot = store.snapshot();

        store.clear();

        assertThat(store.scan(key(""), key("z"), 10)).isEmpty();
        assertThat(store.meta("applied")).isNull();
        assertThatThrownBy(() -> rows(snapshot)).isInstanceOf(StoreException.class);
        snapshot.close();
        put("a", "1");
        reopen();
        assertThat(keys(store.scan(key(""), key("z"), 10))).containsExactly("a");
    }

    @Test
    void few_rows_are_estimated_exactly() {
        assertThat(store.estimate(key("a"), key("z"))).isEqualTo(new Ports.Size(0, 0));
        put("a", "12345");
        put("a", "123456");
        put("b", "1");
        assertThat(store.estimate(key("a"), key("z"))).isEqualTo(new Ports.Size(2, 9));
        assertThat(store.estimate(key("b"), key("z"))).isEqualTo(new Ports.Size(1, 2));
        assertThat(store.estimate(key("z"), key("a"))).isEqualTo(new Ports.Size(0, 0));
        store.flush();
        assertThat(store.estimate(key("a"), key("z"))).isEqualTo(new Ports.Size(2, 9));
    }

    @Test
    void many_rows_are_estimated_about_right_in_memory_and_on_disk() {
        fill(0, 20_000);
        assertRoughly(store.estimate(key("k"), key("l")), 20_000);
        assertRoughly(store.estimate(key("k005"), key("k010")), 5_000);
        store.flush();
        assertAbout(store.estimate(key("k"), key("l")), 20_000);
        assertAbout(store.estimate(key("k005"), key("k010")), 5_000);
        fill(20_000, 40_000);
        assertRoughly(store.estimate(key("k"), key("l")), 40_000);
        assertThat(store.estimate(key("l"), key("z"))).isEqualTo(new Ports.Size(0, 0));
    }

    @Test
    void rows_are_estimated_about_right_in_many_files_and_after_reopening() {
        for (int i = 0; i < 30; i++) {
            fill(i * 2_000, (i + 1) * 2_000);
            store.flush();
        }
        assertAbout(store.estimate(key("k"), key("l")), 60_000);
        reopen();
        assertAbout(store.estimate(key("k"), key("l")), 60_000);
        assertAbout(store.estimate(key("k020"), key("k030")), 10_000);
    }

    @Test
    void the_directory_of_another_shard_cell_or_log_is_refused_untouched() {
        put("a", "1");
        store.close();
        for (StoreIdentity other : List.of(
                new StoreIdentity("cell-b", "shard-1", "topic-id-1"),
                new StoreIdentity("cell-a", "shard-2", "topic-id-1"),
                new StoreIdentity("cell-a", "shard-1", "topic-id-2"))) {
            assertThatThrownBy(() -> RocksStore.open(data.resolve("shard-1"), other, memory))
                    .isInstanceOf(StoreMismatch.class)
                    .hasMessageContaining(data.resolve("shard-1").toString());
            assertThatThrownBy(() -> RocksStore.discard(data.resolve("shard-1"), other))
                    .isInstanceOf(StoreMismatch.class);
        }
        reopen();
        assertThat(store.get(key("a"))).isEqualTo(value("1"));
    }

    @Test
    void a_directory_that_is_no_store_is_refused() throws Exception {
        Path photos = Files.createDirectory(data.resolve("photos"));
        Files.writeString(photos.resolve("cat.png"), "miaow");
        assertThatThrownBy(() -> RocksStore.open(photos, SHARD_1, memory))
                .isInstanceOf(StoreMismatch.class)
                .hasMessageContaining("not a store");
        assertThat(photos.resolve("cat.png")).exists();
    }

    @Test
    void a_marker_half_written_in_a_crash_is_written_again() throws Exception {
        Path directory = Files.createDirectory(data.resolve("young"));
        Files.writeString(directory.resolve("KEDGE-STORE.tmp"), "cell=ce");
        RocksStore.open(directory, SHARD_1, memory).close();
        assertThat(Files.readString(directory.resolve("KEDGE-STORE"))).contains("shard=shard-1");
    }

    @Test
    void a_directory_in_use_is_refused() {
        assertThatThrownBy(() -> RocksStore.open(data.resolve("shard-1"), SHARD_1, memory))
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.reason()).as("%s", e).isEqualTo(StoreException.Reason.IN_USE));
    }

    @Test
    void damaged_files_are_named_and_can_be_discarded() throws Exception {
        put("a", "1");
        store.close();
        try (Stream<Path> files = Files.list(data.resolve("shard-1/db"))) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("MANIFEST"))
                    .toList()) {
                Files.writeString(file, "not a manifest");
            }
        }
        assertThatThrownBy(() -> RocksStore.open(data.resolve("shard-1"), SHARD_1, memory))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.CORRUPT));
        RocksStore.discard(data.resolve("shard-1"), SHARD_1);
        store = RocksStore.open(data.resolve("shard-1"), SHARD_1, memory);
        assertThat(store.get(key("a"))).isNull();
    }

    @Test
    void a_full_disk_has_a_reason_of_its_own() {
        Status noSpace = new Status(Status.Code.IOError, Status.SubCode.NoSpace, "No space left on device");
        assertThat(StoreException.of("write to", data, new RocksDBException("full", noSpace))
                        .reason())
                .isEqualTo(StoreException.Reason.FULL);
        Status broken = new Status(Status.Code.IOError, Status.SubCode.None, "Input/output error");
        assertThat(StoreException.of("write to", data, new RocksDBException("broken", broken))
                        .reason())
                .isEqualTo(StoreException.Reason.IO);
    }

    @Test
    void an_idle_store_gives_its_memory_to_a_busy_one() {
        StoreMemory small = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
        List<RocksStore> idle = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            StoreIdentity identity = new StoreIdentity("cell-a", "idle-" + i, "t");
            RocksStore one = RocksStore.open(data.resolve("idle-" + i), identity, small);
            fill(one, 0, 10_000);
            idle.add(one);
        }
        RocksStore busy = RocksStore.open(data.resolve("busy"), new StoreIdentity("cell-a", "busy", "t"), small);
        fill(busy, 0, 100_000);
        long held = idle.stream().mapToLong(RocksStore::memtableBytes).sum();
        assertThat(held)
                .isLessThan(
                        StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES).memtableBytes());
        idle.forEach(RocksStore::close);
        busy.close();
        small.close();
    }

    @Test
    void settings_that_cannot_work_are_refused() {
        assertThatThrownBy(() -> StoreSettings.ofMemory(1 << 20)).hasMessageContaining("16 MiB");
        assertThatThrownBy(() -> new StoreSettings(64 << 20, 3, 2)).hasMessageContaining("open files");
        assertThatThrownBy(() -> new StoreSettings(64 << 20, 64, 1)).hasMessageContaining("background");
    }

    private void reopen() {
        store.close();
        store = RocksStore.open(data.resolve("shard-1"), SHARD_1, memory);
    }

    private void put(String key, String value) {
        Ports.Batch batch = store.batch();
        batch.put(key(key), value(value));
        batch.commit();
    }

    private void fill(int from, int to) {
        fill(store, from, to);
    }

    private static void fill(RocksStore store, int from, int to) {
        for (int i = from; i < to; ) {
            Ports.Batch batch = store.batch();
            for (int j = 0; j < 500 && i < to; j++, i++) {
                batch.put(key("k%06d".formatted(i)), new byte[100]);
            }
            batch.commit();
        }
    }

    private static void assertAbout(Ports.Size size, long rows) {
        assertThat((double) size.rows()).isBetween(rows * 0.7, rows * 1.4);
        assertThat((double) size.bytes()).isBetween(rows * 107 * 0.6, rows * 107 * 1.6);
    }

    /** Rows in memory are estimated from a random sample. */
    private static void assertRoughly(Ports.Size size, long rows) {
        assertThat(size.rows()).isBetween(rows / 4, rows * 4);
        assertThat(size.bytes()).isBetween(rows * 107 / 5, rows * 107 * 5);
    }

    private static List<String> rows(Ports.Snapshot snapshot) {
        List<String> rows = new ArrayList<>();
        snapshot.forEach(
                key(""),
                key("z"),
                (k, v) -> rows.add(Bytes.wrap(k).toUtf8() + "=" + Bytes.wrap(v).toUtf8()));
        return rows;
    }

    private static List<String> keys(List<Ports.Row> rows) {
        return rows.stream().map(r -> r.key().toUtf8()).toList();
    }

    private static Bytes key(String text) {
        return Bytes.utf8(text);
    }

    private static byte[] value(String text) {
        return Bytes.utf8(text).array();
    }
}
