package dev.kedge.worker.store;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.Span;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One shard's digests and counts, computed on a pool that the worker's shards share. */
public final class DigestRunner implements Ports.Digests {
    private static final int WAITING = 64;
    private static final Hasher64 HASHER = Hashing.xxh3_64();

    private final Executor pool;
    private final EngineInbox inbox;

    /** @param pool from {@link #pool}, or any executor that rejects rather than queues without bound */
    public DigestRunner(Executor pool, EngineInbox inbox) {
        this.pool = pool;
        this.inbox = inbox;
    }

    /** One thread for all shards of a worker: verification shall not take more than one core from serving. */
    public static ThreadPoolExecutor pool() {
        return new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING),
                task -> Thread.ofPlatform().daemon().name("kedge-digests").unstarted(task));
    }

    /** The hash that places a key in its bucket. */
    static long keyHash(byte[] key) {
        return HASHER.hashBytesToLong(key);
    }

    /** A hash of key and value. Each is hashed by itself, so it matters where the key ends. */
    static long rowHash(long keyHash, byte[] value) {
        return HASHER.hashLongLongToLong(keyHash, HASHER.hashBytesToLong(value));
    }

    @Override
    public void digest(long digestId, Ports.Snapshot snapshot, Bytes from, Bytes to, Set<Integer> detailBuckets) {
        Set<Integer> buckets = Set.copyOf(detailBuckets);
        run(
                snapshot,
                () -> {
                    DigestResult result = digest(snapshot, from, to, buckets);
                    inbox.post(engine -> engine.digested(digestId, result));
                },
                reason -> inbox.post(engine -> engine.digestFailed(digestId, reason)));
    }

    /** A failed count is answered by {@code digestFailed}. */
    @Override
    public void count(long countId, Ports.Snapshot snapshot, List<Span> spans) {
        List<Span> all = List.copyOf(spans);
        run(
                snapshot,
                () -> {
                    long rows = count(snapshot, all);
                    inbox.post(engine -> engine.counted(countId, rows));
                },
                reason -> inbox.post(engine -> engine.digestFailed(countId, reason)));
    }

    static DigestResult digest(Ports.Snapshot snapshot, Bytes from, Bytes to, Set<Integer> detailBuckets) {
        DigestResult.Builder digest = new DigestResult.Builder(detailBuckets);
        snapshot.forEach(from, to, (key, value) -> {
            long keyHash = keyHash(key);
            digest.add(key, value.length, keyHash, rowHash(keyHash, value));
            return true;
        });
        return digest.build();
    }

    private static long count(Ports.Snapshot snapshot, List<Span> spans) {
        long[] rows = new long[1];
        for (Span span : spans) {
            snapshot.forEach(span.from(), span.to(), (key, value) -> {
                rows[0]++;
                return true;
            });
        }
        return rows[0];
    }

    private void run(Ports.Snapshot snapshot, Runnable work, Consumer<String> failed) {
        try {
            pool.execute(() -> {
                try (snapshot) {
                    work.run();
                } catch (RuntimeException e) {
                    failed.accept(String.valueOf(e.getMessage()));
                }
            });
        } catch (RejectedExecutionException e) {
            snapshot.close();
            failed.accept("this worker already has " + WAITING + " digests waiting, or is closing");
        }
    }
}
