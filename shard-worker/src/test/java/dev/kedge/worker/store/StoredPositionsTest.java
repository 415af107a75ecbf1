package dev.kedge.worker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kedge.model.Bytes;
import dev.kedge.model.Positions;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoredPositionsTest {
    private static final Span ALL = new Span(ShardKeys.data(1, Bytes.EMPTY), ShardKeys.data(2, Bytes.EMPTY));
    private static final int POINTS = 32;

    @TempDir
    Path data;

    private StoreMemory memory;
    private RocksStore store;

    @BeforeEach
    void open() {
        memory = new StoreMemory(StoreSettings.ofMemory(64 << 20));
        store = RocksStore.open(data, new StoreIdentity("cell", "shard", "topic"), memory);
    }

    @AfterEach
    void close() {
        store.close();
        memory.close();
    }

    @Test
    void an_empty_range_has_none() {
        put("a", 10);
        assertThat(sample(new Span(ShardKeys.data(1, Bytes.utf8("b")), ALL.to())))
                .isEqualTo(Positions.NONE);
        assertThat(sample(ALL).points())
                .singleElement()
                .satisfies(point -> assertThat(point.position()).isEqualTo(Bytes.utf8("a")));
    }

    @Test
    void few_rows_are_weighed_one_by_one() {
        for (int i = 0; i < 3_000; i++) {
            put("row:%05d".formatted(i), i < 300 ? 1_000 : 10);
        }
        Positions positions = sample(ALL);
        assertThat(positions.points()).hasSizeLessThanOrEqualTo(POINTS);
        // The first tenth holds 0.3 MB of 0.36 MB.
        assertThat(positions.rank(Bytes.utf8("row:00300"))).isCloseTo(0.85, within(0.05));
    }

    @Test
    void many_rows_are_halved_by_their_size_on_disk() {
        Random random = new Random(7);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 120_000; i++) {
            keys.add("customer/%08d/order".formatted((int) Math.abs(random.nextGaussian() * 1_000_000)));
        }
        fill(keys);
        store.flush();
        assertRanks(sample(ALL), keys, 0.06);
        reopen();
        assertRanks(sample(ALL), keys, 0.06);
    }

    @Test
    void rows_still_in_memory_count_too() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 60_000; i++) {
            keys.add("%08d".formatted(i));
        }
        fill(keys.subList(0, 40_000));
        store.flush();
        fill(keys.subList(40_000, 60_000));
        assertRanks(sample(ALL), keys, 0.25);
    }

    @Test
    void a_closed_store_tells_nobody() {
        put("a", 10);
        List<Runnable> later = new ArrayList<>();
        List<Positions> told = new ArrayList<>();
        new StoredPositions(store, later::add).sample(ALL, POINTS, told::add);
        store.close();
        later.forEach(Runnable::run);
        assertThat(told).isEmpty();
    }

    private Positions sample(Span span) {
        List<Positions> told = new ArrayList<>();
        new StoredPositions(store, Runnable::run).sample(span, POINTS, told::add);
        assertThat(told).hasSize(1);
        return told.getFirst();
    }

    private static void assertRanks(Positions positions, List<String> keys, double tolerance) {
        List<String> sorted = new ArrayList<>(keys);
        Collections.sort(sorted);
        assertThat(positions.points()).hasSizeBetween(POINTS / 2, POINTS);
        for (int percent = 10; percent < 100; percent += 10) {
            String exact = sorted.get(sorted.size() * percent / 100);
            assertThat(positions.rank(Bytes.utf8(exact)))
                    .as("rank of the %s%% key", percent)
                    .isCloseTo(percent / 100.0, within(tolerance));
        }
    }

    private void fill(List<String> keys) {
        Random random = new Random(3);
        for (int i = 0; i < keys.size(); ) {
            Ports.Batch batch = store.batch();
            for (int j = 0; j < 500 && i < keys.size(); i++, j++) {
                byte[] value = new byte[100];
                random.nextBytes(value);
                batch.put(ShardKeys.data(1, Bytes.utf8(keys.get(i))), value);
            }
            batch.commit();
        }
    }

    private void put(String key, int length) {
        Ports.Batch batch = store.batch();
        batch.put(ShardKeys.data(1, Bytes.utf8(key)), new byte[length]);
        batch.commit();
    }

    private void reopen() {
        store.close();
        store = RocksStore.open(data, new StoreIdentity("cell", "shard", "topic"), memory);
    }
}
