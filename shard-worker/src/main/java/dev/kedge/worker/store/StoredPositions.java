package dev.kedge.worker.store;

import dev.kedge.model.Bytes;
import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.Span;
import dev.kedge.worker.load.PositionSource;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a shard's rows lie, weighted by bytes, without reading them all: ranges with few rows are read, larger ones are halved again and again,
 * by what the table files' indexes say of their sizes, at keys that exist.
 *
 * <p>{@link #sample} is for the shard's loop, the work runs on a pool. A rank is wrong by some 1/points, and by more where many of the rows are
 * still in memory, whose share is estimated from a random sample.
 */
public final class StoredPositions implements PositionSource {
    private static final Logger LOG = LoggerFactory.getLogger(StoredPositions.class);
    /** Tens of milliseconds on the pool. */
    private static final long READ_WHOLE_ROWS = 20_000;
    /** A half is good enough if it is off by this part of the whole. */
    private static final double TOLERANCE = 1.0 / 16;
    /** Each step halves what is searched: enough to tell apart keys that share long beginnings. */
    private static final int MAX_STEPS = 96;

    private final RocksStore store;
    private final Executor pool;

    /** @param pool as {@link DigestRunner#pool}, which closing the store does not wait for: a sample under way ends by itself then */
    public StoredPositions(RocksStore store, Executor pool) {
        this.store = store;
        this.pool = pool;
    }

    @Override
    public void sample(Span span, int points, Consumer<Positions> then) {
        Ports.Size size = store.estimate(span.from(), span.to());
        RocksSnapshot snapshot = store.snapshot();
        try {
            pool.execute(() -> {
                try (snapshot) {
                    then.accept(sample(snapshot, span, size.rows(), points));
                } catch (StoreException e) {
                    LOG.debug("No sample of {}: {}", store, e.getMessage());
                }
            });
        } catch (RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    private static Positions sample(RocksSnapshot snapshot, Span span, long rows, int points) {
        if (rows <= READ_WHOLE_ROWS) {
            return read(snapshot, span).reduced(points);
        }
        Bytes first = snapshot.firstKey(span.from(), span.to());
        Bytes last = snapshot.lastKey(span.from(), span.to());
        if (first == null || last == null) {
            return Positions.NONE;
        }
        List<Bytes> bounds = new ArrayList<>();
        bounds.add(first);
        halve(snapshot, first, last.successor(), 32 - Integer.numberOfLeadingZeros(points - 1), bounds);
        bounds.add(last.successor());
        return positions(snapshot, bounds).reduced(points);
    }

    private static Positions read(RocksSnapshot snapshot, Span span) {
        List<Weighted> rows = new ArrayList<>();
        snapshot.forEach(span.from(), span.to(), (key, value) -> {
            rows.add(new Weighted(ShardKeys.position(Bytes.wrap(key)), key.length + (long) value.length));
            return true;
        });
        return Positions.of(rows);
    }

    /** Adds the keys that cut {@code [from, to)} into {@code 2^depth} parts of about the same size, in order. */
    private static void halve(RocksSnapshot snapshot, Bytes from, Bytes to, int depth, List<Bytes> bounds) {
        if (depth == 0) {
            return;
        }
        Bytes middle = middle(snapshot, from, to);
        if (middle != null) {
            halve(snapshot, from, middle, depth - 1, bounds);
            bounds.add(middle);
            halve(snapshot, middle, to, depth - 1, bounds);
        }
    }

    /** The key that leaves about half of the bytes on either side; null if there is none, as for a single row. */
    private static @Nullable Bytes middle(RocksSnapshot snapshot, Bytes from, Bytes to) {
        double half = snapshot.bytesIn(from, to) / 2.0;
        Bytes low = from;
        Bytes high = to;
        Bytes best = null;
        double bestError = Double.MAX_VALUE;
        for (int step = 0; step < MAX_STEPS; step++) {
            Bytes between = between(low, high);
            if (between.compareTo(low) <= 0) {
                break;
            }
            Bytes key = snapshot.firstKey(between, high);
            if (key == null) {
                high = between;
                continue;
            }
            double bytes = snapshot.bytesIn(from, key);
            double error = Math.abs(bytes - half);
            if (error < bestError && key.compareTo(from) > 0) {
                best = key;
                bestError = error;
            }
            if (error <= 2 * half * TOLERANCE) {
                break;
            }
            if (bytes < half) {
                low = key;
            } else {
                high = between;
            }
        }
        return best;
    }

    /** The middle of two keys read as fractions: not before the first, and before the second. */
    private static Bytes between(Bytes low, Bytes high) {
        int length = Math.max(low.length(), high.length()) + 1;
        BigInteger sum = number(low, length).add(number(high, length));
        byte[] bytes = sum.shiftRight(1).toByteArray();
        byte[] padded = new byte[length];
        int copied = Math.min(length, bytes.length);
        System.arraycopy(bytes, bytes.length - copied, padded, length - copied, copied);
        int end = length;
        while (end > 0 && padded[end - 1] == 0) {
            end--;
        }
        return Bytes.wrap(Arrays.copyOf(padded, end));
    }

    private static BigInteger number(Bytes key, int length) {
        return new BigInteger(1, Arrays.copyOf(key.array(), length));
    }

    /** Each part stands at its first key. */
    private static Positions positions(RocksSnapshot snapshot, List<Bytes> bounds) {
        List<Weighted> points = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.size(); i++) {
            long bytes = Math.max(1, snapshot.bytesIn(bounds.get(i), bounds.get(i + 1)));
            points.add(new Weighted(ShardKeys.position(bounds.get(i)), bytes));
        }
        return Positions.of(points);
    }
}
