package dev.kedge.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;

/**
 * A shard's rows in RocksDB. There is no write-ahead log: the shard's own log is it. What a crash loses are the newest batches,
 * whole, with the engine's named values that were in them; the engine replays from there.
 *
 * <p>All methods are for one thread, the shard's loop. Exceptions: a {@link Ports.Snapshot} may be read and closed on another
 * thread, and {@link StoreMemory} flushes from the loops of other shards. Every method throws {@link StoreException}; after
 * {@link #close} with reason CLOSED.
 */
public final class RocksStore implements Ports.Store, AutoCloseable {
    /** After so many bytes the store looks whether the memory shared with others runs short. */
    private static final long RELIEF_INTERVAL_BYTES = 1L << 20;

    /** A store this many times as large as the memory is large. Looked at when it is opened. */
    private static final long LARGE = 8;

    private final Path directory;
    private final StoreMemory memory;
    private final StoreOptions options;
    private final Set<RocksSnapshot> snapshots = ConcurrentHashMap.newKeySet();
    /** Held to open, close and flush from outside: nobody calls into a database that is being closed. */
    private final Object lifecycle = new Object();

    /** Null once closed, or after a {@link #clear} that failed. */
    private @Nullable RocksFiles files;

    private boolean closed;
    private volatile long memtableBytes;
    private long bytesSinceRelief;
    private byte @Nullable [] spareBuffer;

    private RocksStore(Path directory, StoreMemory memory) {
        this.directory = directory;
        this.memory = memory;
        this.options = new StoreOptions(
                memory, RocksFiles.size(directory) > LARGE * memory.settings().memoryBytes());
    }

    /**
     * Opens the store in {@code directory}, a new one if there is none.
     *
     * @throws StoreMismatch if the directory holds another shard's store, or something else
     * @throws StoreException with reason CORRUPT if its files are damaged: {@link #discard} it then
     */
    public static RocksStore open(Path directory, StoreIdentity identity, StoreMemory memory) {
        identity.claim(directory);
        RocksStore store = new RocksStore(directory, memory);
        try {
            store.files = RocksFiles.open(directory, store.options);
        } catch (StoreException e) {
            store.options.close();
            throw e;
        }
        memory.opened(store);
        return store;
    }

    /** Deletes the rows in a directory that nobody has open; it stays the store of that shard. */
    public static void discard(Path directory, StoreIdentity identity) {
        identity.claim(directory);
        RocksFiles.discard(directory);
    }

    /** Whether the directory holds rows, of whichever shard. */
    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(StoreIdentity.FILE));
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        RocksFiles f = files();
        try {
            return f.db.get(f.rows, key.array());
        } catch (RocksDBException e) {
            throw StoreException.of("read", directory, e);
        }
    }

    @Override
    public byte @Nullable [] meta(String name) {
        RocksFiles f = files();
        try {
            return f.db.get(f.meta, name.getBytes(UTF_8));
        } catch (RocksDBException e) {
            throw StoreException.of("read", directory, e);
        }
    }

    @Override
    public List<Ports.Row> scan(Bytes from, Bytes to, int limit) {
        RocksFiles f = files();
        List<Ports.Row> found = new ArrayList<>(Math.min(limit, 64));
        try (Slice upper = new Slice(to.array());
                ReadOptions read = new ReadOptions().setIterateUpperBound(upper);
                RocksIterator rows = f.db.newIterator(f.rows, read)) {
            for (rows.seek(from.array()); found.size() < limit && rows.isValid(); rows.next()) {
                found.add(new Ports.Row(Bytes.wrap(rows.key()), rows.value()));
            }
            rows.status();
        } catch (RocksDBException e) {
            throw StoreException.of("scan", directory, e);
        }
        return found;
    }

    /** Whether there is any row in the range. */
    boolean isEmpty(Bytes from, Bytes to) {
        return scan(from, to, 1).isEmpty();
    }

    @Override
    public Ports.Batch batch() {
        RocksFiles f = files();
        byte[] buffer = spareBuffer;
        spareBuffer = null;
        return new RocksBatch(this, f.meta.getID(), buffer == null ? new byte[4096] : buffer);
    }

    void commit(RocksBatch batch) {
        RocksFiles f = files();
        try (WriteBatch write = new WriteBatch(batch.serialized())) {
            f.db.write(options.write, write);
        } catch (RocksDBException e) {
            throw StoreException.of("write to", directory, e);
        }
        spareBuffer = batch.releaseBuffer();
        bytesSinceRelief += batch.length();
        if (bytesSinceRelief >= RELIEF_INTERVAL_BYTES) {
            bytesSinceRelief = 0;
            memtableBytes = f.longProperty("rocksdb.cur-size-all-mem-tables");
            memory.relieve(this);
        }
    }

    @Override
    public RocksSnapshot snapshot() {
        RocksSnapshot snapshot = new RocksSnapshot(files(), directory, snapshots::remove);
        snapshots.add(snapshot);
        return snapshot;
    }

    @Override
    public Ports.Size estimate(Bytes from, Bytes to) {
        return files().sizes.estimate(from, to);
    }

    /** Snapshots end: reading on in one of them throws. */
    @Override
    public void clear() {
        files();
        closeSnapshots();
        synchronized (lifecycle) {
            RocksFiles old = files();
            files = null;
            old.close();
            RocksFiles.discard(directory);
            files = RocksFiles.open(directory, options);
            memtableBytes = 0;
        }
    }

    /** Writes everything to disk, so that a reopening has nothing to replay. */
    public void flush() {
        files().flush(options.flushAndWait);
        memtableBytes = 0;
    }

    /** Bytes of memtables as last looked at. Any thread. */
    long memtableBytes() {
        return memtableBytes;
    }

    /** Any thread. */
    void flushInBackground() {
        synchronized (lifecycle) {
            RocksFiles f = files;
            if (f != null) {
                f.flush(options.flushLater);
                memtableBytes = 0;
            }
        }
    }

    /** Flushes and closes; snapshots end. Does nothing the second time. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        closeSnapshots();
        synchronized (lifecycle) {
            RocksFiles old = files;
            files = null;
            memory.closed(this);
            try (options) {
                if (old != null) {
                    flushAndClose(old);
                }
            }
        }
    }

    private void flushAndClose(RocksFiles old) {
        try (old) {
            old.flush(options.flushAndWait);
        }
    }

    private void closeSnapshots() {
        for (RocksSnapshot snapshot : snapshots) {
            snapshot.revoke();
        }
    }

    private RocksFiles files() {
        RocksFiles f = files;
        if (f == null) {
            throw StoreException.closed(directory);
        }
        return f;
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
