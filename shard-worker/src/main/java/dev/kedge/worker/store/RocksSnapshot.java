package dev.kedge.worker.store;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** The rows as of one moment. Read by one thread at a time; closing the store stops a reader and waits for it. */
final class RocksSnapshot implements Ports.Snapshot {
    private static final int ROWS_BETWEEN_CHECKS = 1024;
    private static final long READAHEAD_BYTES = 1L << 20;

    private final RocksFiles files;
    private final Path directory;
    private final Consumer<RocksSnapshot> onClose;
    private final Snapshot snapshot;
    private volatile boolean revoked;
    private boolean released;

    RocksSnapshot(RocksFiles files, Path directory, Consumer<RocksSnapshot> onClose) {
        this.files = files;
        this.directory = directory;
        this.onClose = onClose;
        this.snapshot = files.db.getSnapshot();
    }

    /** @throws StoreException with reason CLOSED if the store is closed or cleared meanwhile */
    @Override
    public synchronized void forEach(Bytes from, Bytes to, Ports.RowVisitor visitor) {
        requireOpen();
        if (from.compareTo(to) >= 0) {
            return;
        }
        // Blocks read once must not push out of the cache what clients read.
        try (Slice upper = new Slice(to.array());
                ReadOptions read = new ReadOptions()
                        .setSnapshot(snapshot)
                        .setFillCache(false)
                        .setReadaheadSize(READAHEAD_BYTES)
                        .setBackgroundPurgeOnIteratorCleanup(true)
                        .setIterateUpperBound(upper);
                RocksIterator rows = files.db.newIterator(files.rows, read)) {
            int untilCheck = ROWS_BETWEEN_CHECKS;
            for (rows.seek(from.array()); rows.isValid(); rows.next()) {
                if (!visitor.row(rows.key(), rows.value())) {
                    break;
                }
                if (--untilCheck == 0) {
                    untilCheck = ROWS_BETWEEN_CHECKS;
                    requireOpen();
                }
            }
            rows.status();
        } catch (RocksDBException e) {
            throw StoreException.of("scan", directory, e);
        }
    }

    /** The first key of {@code [from, to)}; null if there is none. */
    synchronized @Nullable Bytes firstKey(Bytes from, Bytes to) {
        return key(from, to, rows -> rows.seek(from.array()));
    }

    /** The last key of {@code [from, to)}; null if there is none. */
    synchronized @Nullable Bytes lastKey(Bytes from, Bytes to) {
        return key(from, to, RocksIterator::seekToLast);
    }

    private @Nullable Bytes key(Bytes from, Bytes to, Consumer<RocksIterator> seek) {
        requireOpen();
        try (Slice lower = new Slice(from.array());
                Slice upper = new Slice(to.array());
                ReadOptions read = new ReadOptions()
                        .setSnapshot(snapshot)
                        .setFillCache(false)
                        .setIterateLowerBound(lower)
                        .setIterateUpperBound(upper);
                RocksIterator rows = files.db.newIterator(files.rows, read)) {
            seek.accept(rows);
            rows.status();
            return rows.isValid() ? Bytes.wrap(rows.key()) : null;
        } catch (RocksDBException e) {
            throw StoreException.of("scan", directory, e);
        }
    }

    /** About how many bytes the range takes in memory and on disk, now. */
    synchronized long bytesIn(Bytes from, Bytes to) {
        requireOpen();
        return files.sizes.bytesIn(from, to);
    }

    /** Stops a reader within {@value #ROWS_BETWEEN_CHECKS} rows, then closes. */
    void revoke() {
        revoked = true;
        close();
    }

    @Override
    public synchronized void close() {
        if (!released) {
            released = true;
            files.db.releaseSnapshot(snapshot);
            snapshot.close();
            onClose.accept(this);
        }
    }

    private void requireOpen() {
        if (revoked || released) {
            throw StoreException.closed(directory);
        }
    }
}
