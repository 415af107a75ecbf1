package dev.kedge.worker.store;

import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.WriteOptions;

/** RocksDB's options for one store. Native: closed after the database that uses them. */
final class StoreOptions implements AutoCloseable {
    static final long FILE_BYTES = 64L << 20;

    private final BloomFilter filter = new BloomFilter(10);
    final ColumnFamilyOptions rows = new ColumnFamilyOptions();
    final ColumnFamilyOptions meta = new ColumnFamilyOptions();
    final DBOptions db = new DBOptions();
    /** No WAL: the shard's log is it. */
    final WriteOptions write = new WriteOptions().setDisableWAL(true);

    final FlushOptions flushAndWait = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true);
    final FlushOptions flushLater = new FlushOptions().setWaitForFlush(false).setAllowWriteStall(true);

    /** @param large whether the store is so much larger than the cache that indexes and filters must be evictable by the piece */
    StoreOptions(StoreMemory memory, boolean large) {
        StoreSettings settings = memory.settings();
        long memtable = settings.memtableBytesOfOne();
        rows.setWriteBufferSize(memtable)
                .setMaxWriteBufferNumber(4)
                .setTargetFileSizeBase(FILE_BYTES)
                .setMaxBytesForLevelBase(Math.max(256L << 20, 4 * memtable))
                .setLevelCompactionDynamicLevelBytes(true)
                .setLevel0FileNumCompactionTrigger(4)
                .setLevel0SlowdownWritesTrigger(32)
                .setLevel0StopWritesTrigger(64)
                // Most reads find their row on disk: this spares them the search in memory.
                .setMemtablePrefixBloomSizeRatio(0.05)
                .setMemtableWholeKeyFiltering(true)
                .setTableFormatConfig(table(memory, large));
        compress(rows);
        meta.setWriteBufferSize(memtable).setMaxWriteBufferNumber(4).setTableFormatConfig(table(memory, false));
        db.setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                // Without a WAL each family would be as old as its own last flush: rows and the offset they stand for
                // would part.
                .setAtomicFlush(true)
                .setWriteBufferManager(memory.memtables())
                .setMaxOpenFiles(settings.openFilesPerStore())
                .setMaxBackgroundJobs(settings.backgroundThreads())
                // One writer, the shard's loop: its inserts need no compare-and-swap.
                .setAllowConcurrentMemtableWrite(false)
                .setBytesPerSync(1L << 20)
                .setCompactionReadaheadSize(2L << 20)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(1L << 20)
                .setKeepLogFileNum(2)
                .setMaxManifestFileSize(16L << 20)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setAvoidUnnecessaryBlockingIO(true);
    }

    /**
     * Whole indexes and filters make a read a quarter cheaper, cut ones (with an index on top) let a small cache serve a large
     * store. Both kinds of files can be read whatever is written.
     */
    private BlockBasedTableConfig table(StoreMemory memory, boolean large) {
        return new BlockBasedTableConfig()
                .setBlockCache(memory.cache())
                .setBlockSize(8 << 10)
                .setFormatVersion(6)
                .setFilterPolicy(filter)
                .setIndexType(large ? IndexType.kTwoLevelIndexSearch : IndexType.kBinarySearch)
                .setPartitionFilters(large)
                .setMetadataBlockSize(8 << 10)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinTopLevelIndexAndFilter(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setOptimizeFiltersForMemory(true);
    }

    /** Young levels are rewritten soon: compressing them costs the import more than it saves. */
    private static void compress(ColumnFamilyOptions rows) {
        CompressionType none = CompressionType.NO_COMPRESSION;
        CompressionType lz4 = CompressionType.LZ4_COMPRESSION;
        rows.setNumLevels(7)
                .setCompressionPerLevel(List.of(none, none, lz4, lz4, lz4, lz4, lz4))
                .setCompressionType(lz4);
    }

    @Override
    public void close() {
        flushAndWait.close();
        flushLater.close();
        write.close();
        db.close();
        rows.close();
        meta.close();
        filter.close();
    }
}
