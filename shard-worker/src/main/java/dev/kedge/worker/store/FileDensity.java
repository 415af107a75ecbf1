package dev.kedge.worker.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.TableProperties;

/**
 * How many rows a byte of a store's table files stands for, and how long a row is unpacked. Told from the properties of a few files
 * spread over the keys: of the many files of a large store most are closed, and opening each would cost more than it tells.
 *
 * @param fileBytes of all table files when it was looked up
 */
record FileDensity(long fileBytes, double rowsPerByte, double bytesPerRow) {
    static final FileDensity NONE = new FileDensity(0, 0, 0);

    private static final int SAMPLED_FILES = 16;
    /** What RocksDB adds to each key: sequence number and type. */
    private static final int INTERNAL_KEY_BYTES = 8;

    /** This one while it is about right, or a newer one. */
    FileDensity of(RocksFiles files) throws RocksDBException {
        long bytes = files.longProperty("rocksdb.live-sst-files-size");
        return Math.abs(bytes - fileBytes) <= bytes / 10 ? this : sampled(files, bytes);
    }

    private static FileDensity sampled(RocksFiles files, long fileBytes) throws RocksDBException {
        long sampledBytes = 0;
        long rows = 0;
        long rowBytes = 0;
        for (TableProperties file : sample(files)) {
            // A deletion hides a row elsewhere: neither is one.
            long live = Math.max(0, file.getNumEntries() - 2 * file.getNumDeletions());
            double bytesPerEntry = file.getNumEntries() == 0
                    ? 0
                    : (file.getRawKeySize() + file.getRawValueSize()) / (double) file.getNumEntries();
            sampledBytes += file.getDataSize() + file.getIndexSize() + file.getFilterSize();
            rows += live;
            rowBytes += Math.round(live * Math.max(0, bytesPerEntry - INTERNAL_KEY_BYTES));
        }
        return new FileDensity(
                fileBytes,
                sampledBytes == 0 ? 0 : rows / (double) sampledBytes,
                rows == 0 ? 0 : rowBytes / (double) rows);
    }

    /** Some files, every so many in the order of their keys: so each level has its share. */
    private static List<TableProperties> sample(RocksFiles files) throws RocksDBException {
        files.db.disableFileDeletions();
        try {
            List<LiveFileMetaData> all = files.db.getLiveFilesMetaData().stream()
                    .filter(file -> Arrays.equals(file.columnFamilyName(), RocksDB.DEFAULT_COLUMN_FAMILY))
                    .sorted(Comparator.comparing(LiveFileMetaData::smallestKey, Arrays::compareUnsigned))
                    .toList();
            int count = Math.min(all.size(), SAMPLED_FILES);
            List<TableProperties> chosen = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                chosen.add(properties(all.get(i * all.size() / count)));
            }
            return chosen;
        } finally {
            files.db.enableFileDeletions();
        }
    }

    private static TableProperties properties(LiveFileMetaData file) throws RocksDBException {
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options)) {
            reader.open(file.path() + file.fileName());
            return reader.getTableProperties();
        }
    }
}
