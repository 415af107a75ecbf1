package dev.kedge.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.ShardEngine;
import dev.kedge.worker.engine.Span;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DigestRunnerTest {
    private static final Bytes FROM = ShardKeys.data(1, Bytes.EMPTY);
    private static final Bytes TO = ShardKeys.data(2, Bytes.EMPTY);

    @TempDir
    Path data;

    private StoreMemory memory;
    private RocksStore store;
    private ThreadPoolExecutor pool;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<DigestResult> results = new LinkedBlockingQueue<>();

    @BeforeEach
    void open() {
        memory = new StoreMemory(StoreSettings.ofMemory(64 << 20));
        store = RocksStore.open(data, new StoreIdentity("cell", "shard", "topic"), memory);
        pool = DigestRunner.pool();
    }

    @AfterEach
    void close() {
        pool.shutdownNow();
        store.close();
        memory.close();
    }

    @Test
    void equal_rows_have_equal_digests_whatever_the_order_they_came_in() throws Exception {
        put("a", "1");
        put("b", "2");
        DigestResult first = digest(Set.of());
        store.clear();
        put("b", "0");
        put("c", "3");
        put("b", "2");
        put("a", "1");
        Ports.Batch batch = store.batch();
        batch.delete(key("c"));
        batch.commit();

        assertThat(digest(Set.of())).isEqualTo(first);
        assertThat(first.rows()).isEqualTo(2);
        assertThat(first.bytes()).isEqualTo(2 * (ShardKeys.DATA_PREFIX_LENGTH + 2));
    }

    @Test
    void a_changed_missing_or_additional_row_changes_the_digest() throws Exception {
        put("a", "1");
        put("b", "2");
        DigestResult before = digest(Set.of());
        put("b", "3");
        DigestResult changed = digest(Set.of());
        put("c", "4");
        DigestResult additional = digest(Set.of());
        assertThat(List.of(before.buckets(), changed.buckets(), additional.buckets()))
                .doesNotHaveDuplicates();
    }

    @Test
    void where_the_key_ends_and_the_value_begins_matters() {
        byte[] ab = {1, 2};
        byte[] a = {1};
        byte[] b = {2};
        assertThat(DigestRunner.rowHash(DigestRunner.keyHash(ab), new byte[0]))
                .isNotEqualTo(DigestRunner.rowHash(DigestRunner.keyHash(a), b));
    }

    @Test
    void details_name_the_keys_of_the_buckets_asked_for() throws Exception {
        for (int i = 0; i < 500; i++) {
            put("key-" + i, "value");
        }
        int bucket = (int) (DigestRunner.keyHash(key("key-7").array()) >>> 58);
        DigestResult result = digest(Set.of(bucket));
        assertThat(result.details())
                .isNotEmpty()
                .hasSizeLessThan(100)
                .anySatisfy(detail -> assertThat(detail.position()).isEqualTo(Bytes.utf8("key-7")));
    }

    @Test
    void rows_of_several_ranges_are_counted() throws Exception {
        put("a", "1");
        put("b", "2");
        put("c", "3");
        runner().count(7, store.snapshot(), List.of(span("a", "b"), span("c", "z")));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo("counted [7, 2]");
    }

    @Test
    void a_failure_is_answered_and_the_snapshot_closed() throws Exception {
        put("a", "1");
        Ports.Snapshot snapshot = store.snapshot();
        store.clear();
        runner().digest(3, snapshot, FROM, TO, Set.of());
        assertThat(answers.poll(10, TimeUnit.SECONDS))
                .startsWith("digestFailed [3, ")
                .contains("closed");
        runner().count(4, snapshot, List.of(span("a", "b")));
        assertThat(answers.poll(10, TimeUnit.SECONDS)).startsWith("digestFailed [4, ");

        DigestRunner refused = new DigestRunner(
                task -> {
                    throw new RejectedExecutionException("full");
                },
                inbox());
        refused.digest(5, store.snapshot(), FROM, TO, Set.of());
        assertThat(answers.poll(10, TimeUnit.SECONDS))
                .startsWith("digestFailed [5, ")
                .contains("waiting");
    }

    private DigestResult digest(Set<Integer> details) throws Exception {
        runner().digest(1, store.snapshot(), FROM, TO, details);
        answers.poll(10, TimeUnit.SECONDS);
        return results.poll(10, TimeUnit.SECONDS);
    }

    private DigestRunner runner() {
        return new DigestRunner(pool, inbox());
    }

    /** Writes down which method of the engine would have been called. */
    private EngineInbox inbox() {
        ShardEngine engine = (ShardEngine) Proxy.newProxyInstance(
                ShardEngine.class.getClassLoader(), new Class<?>[] {ShardEngine.class}, (proxy, method, arguments) -> {
                    if (arguments[1] instanceof DigestResult result) {
                        results.add(result);
                    }
                    answers.add(method.getName() + " " + Arrays.toString(arguments));
                    return null;
                });
        return input -> input.run(engine);
    }

    private static Span span(String from, String to) {
        return new Span(key(from), key(to));
    }

    private void put(String position, String value) {
        Ports.Batch batch = store.batch();
        batch.put(key(position), Bytes.utf8(value).array());
        batch.commit();
    }

    private static Bytes key(String position) {
        return ShardKeys.data(1, Bytes.utf8(position));
    }
}
