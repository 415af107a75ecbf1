package dev.kedge.worker.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.Env;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * The memory all stores of a worker share: one block cache, to which memtables, indexes and filters are charged too. Thread-safe.
 *
 * <p>The cache's capacity is not strict: a strict one fails reads when pinned blocks fill it. What is pinned beyond the cache is
 * bounded by the memtable budget instead, since memtables are the only large thing that cannot be evicted.
 */
public final class StoreMemory implements AutoCloseable {
    private final StoreSettings settings;
    private final LRUCache cache;
    private final WriteBufferManager memtables;
    private final Set<RocksStore> stores = ConcurrentHashMap.newKeySet();

    public StoreMemory(StoreSettings settings) {
        RocksDB.loadLibrary();
        this.settings = settings;
        // Few cache shards: with a small cache, many shards would each be too small for a large block.
        int shardBits = settings.memoryBytes() >= 256L << 20 ? 4 : 2;
        cache = new LRUCache(settings.memoryBytes(), shardBits, false, 0.3);
        memtables = new WriteBufferManager(settings.memtableBytes(), cache);
        Env env = Env.getDefault();
        env.setBackgroundThreads(1, Priority.HIGH);
        env.setBackgroundThreads(settings.backgroundThreads() - 1, Priority.LOW);
        // At normal priority, on purpose: a compaction starved by busy loops ends in a stop of all writes.
    }

    StoreSettings settings() {
        return settings;
    }

    LRUCache cache() {
        return cache;
    }

    WriteBufferManager memtables() {
        return memtables;
    }

    void opened(RocksStore store) {
        stores.add(store);
    }

    void closed(RocksStore store) {
        stores.remove(store);
    }

    /**
     * RocksDB makes only the store that writes flush its memtable when the common budget is used up: idle stores would keep theirs,
     * and a busy one would flush a tiny memtable at every write. So a writer asks from time to time for the largest to go first.
     */
    void relieve(RocksStore writer) {
        long total = 0;
        RocksStore largest = null;
        for (RocksStore store : stores) {
            long bytes = store.memtableBytes();
            total += bytes;
            if (store != writer && (largest == null || bytes > largest.memtableBytes())) {
                largest = store;
            }
        }
        if (total > settings.memtableBytes() * 3 / 5
                && largest != null
                && largest.memtableBytes() > writer.memtableBytes()) {
            largest.flushInBackground();
        }
    }

    /** @throws IllegalStateException if a store is open: its native code would read freed memory */
    @Override
    public void close() {
        if (!stores.isEmpty()) {
            throw new IllegalStateException("stores are still open: " + stores);
        }
        memtables.close();
        cache.close();
    }
}
