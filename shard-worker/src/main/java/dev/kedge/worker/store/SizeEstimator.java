package dev.kedge.worker.store;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;

/**
 * Estimates rows and bytes of a range: few rows are counted, many are told from how much of the table files lies in the range.
 *
 * <p>Right within some 20% where most rows are in table files. Rows still in memory are estimated by sampling a skip list, wrong by a factor of two
 * now and then. Rows overwritten or deleted lately may be counted until a compaction removes them.
 */
final class SizeEstimator {
    /** Ranges that seem to hold no more than this are counted row by row, tens of microseconds. */
    private static final int COUNTED_ROWS = 128;

    private final RocksFiles files;
    private final Path directory;
    private FileDensity density = FileDensity.NONE;

    SizeEstimator(RocksFiles files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    Ports.Size estimate(Bytes from, Bytes to) {
        if (from.compareTo(to) >= 0) {
            return new Ports.Size(0, 0);
        }
        try (Slice lower = new Slice(from.array());
                Slice upper = new Slice(to.array())) {
            Range range = new Range(lower, upper);
            RocksDB.CountAndSize memory = files.db.getApproximateMemTableStats(files.rows, range);
            long fileBytes =
                    files.db.getApproximateSizes(files.rows, List.of(range), SizeApproximationFlag.INCLUDE_FILES)[0];
            long memoryRows = Math.min(memory.count, memoryEntries());
            density = density.of(files);
            long fileRows = Math.round(fileBytes * density.rowsPerByte());
            if (memoryRows + fileRows <= COUNTED_ROWS) {
                Ports.Size counted = count(from, upper);
                if (counted.rows() <= COUNTED_ROWS) {
                    return counted;
                }
            }
            double memoryBytesPerRow = memory.count == 0 ? 0 : memory.size / (double) memory.count;
            return new Ports.Size(
                    memoryRows + fileRows,
                    Math.round(memoryRows * memoryBytesPerRow + fileRows * density.bytesPerRow()));
        } catch (RocksDBException e) {
            throw StoreException.of("estimate the size of", directory, e);
        }
    }

    /** Packed bytes in memory and on disk: to compare ranges with. */
    long bytesIn(Bytes from, Bytes to) {
        if (from.compareTo(to) >= 0) {
            return 0;
        }
        try (Slice lower = new Slice(from.array());
                Slice upper = new Slice(to.array())) {
            return files.db
                    .getApproximateSizes(
                            files.rows,
                            List.of(new Range(lower, upper)),
                            SizeApproximationFlag.INCLUDE_FILES,
                            SizeApproximationFlag.INCLUDE_MEMTABLES)[0];
        }
    }

    private long memoryEntries() {
        return files.longProperty("rocksdb.num-entries-active-mem-table")
                + files.longProperty("rocksdb.num-entries-imm-mem-tables");
    }

    private Ports.Size count(Bytes from, Slice upper) throws RocksDBException {
        long rows = 0;
        long bytes = 0;
        try (ReadOptions read = new ReadOptions().setIterateUpperBound(upper);
                RocksIterator it = files.db.newIterator(files.rows, read)) {
            for (it.seek(from.array()); it.isValid() && rows <= COUNTED_ROWS; it.next()) {
                rows++;
                bytes += it.key().length + (long) it.value().length;
            }
            it.status();
        }
        return new Ports.Size(rows, bytes);
    }
}
