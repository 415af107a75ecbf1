package dev.kedge.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** An open RocksDB database with its two column families. */
final class RocksFiles implements AutoCloseable {
    private static final String DATABASE = "db";
    /** What is to be deleted is moved here first: a crash in between leaves no half database behind. */
    private static final String TRASH = "db.trash";

    final RocksDB db;
    /** The default family, so that its id in a batch is implied. */
    final ColumnFamilyHandle rows;

    final ColumnFamilyHandle meta;
    final SizeEstimator sizes;
    private final Path directory;

    private RocksFiles(Path directory, RocksDB db, ColumnFamilyHandle rows, ColumnFamilyHandle meta) {
        this.directory = directory;
        this.db = db;
        this.rows = rows;
        this.meta = meta;
        this.sizes = new SizeEstimator(this, directory);
    }

    static RocksFiles open(Path directory, StoreOptions options) {
        deleteTrash(directory);
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try {
            RocksDB db = RocksDB.open(
                    options.db,
                    directory.resolve(DATABASE).toString(),
                    List.of(
                            new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, options.rows),
                            new ColumnFamilyDescriptor("meta".getBytes(UTF_8), options.meta)),
                    handles);
            return new RocksFiles(directory, db, handles.get(0), handles.get(1));
        } catch (RocksDBException e) {
            throw StoreException.of("open", directory, e);
        }
    }

    /** Bytes on disk, of a store nobody has open. */
    static long size(Path directory) {
        Path database = directory.resolve(DATABASE);
        if (!Files.exists(database)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(database)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException | UncheckedIOException e) {
            throw new StoreException(
                    StoreException.Reason.IO, "cannot read the directory " + database + ": " + e.getMessage(), e);
        }
    }

    static void discard(Path directory) {
        deleteTrash(directory);
        Path database = directory.resolve(DATABASE);
        if (!Files.exists(database)) {
            return;
        }
        try {
            Files.move(database, directory.resolve(TRASH), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw cannotDelete(directory, e);
        }
        deleteTrash(directory);
    }

    private static void deleteTrash(Path directory) {
        Path trash = directory.resolve(TRASH);
        if (!Files.exists(trash)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(trash)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (UncheckedIOException e) {
            throw new StoreException(
                    StoreException.Reason.IO, "cannot delete the rows in " + directory + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw cannotDelete(directory, e);
        }
    }

    private static StoreException cannotDelete(Path directory, IOException e) {
        return new StoreException(
                StoreException.Reason.IO, "cannot delete the rows in " + directory + ": " + e.getMessage(), e);
    }

    void flush(FlushOptions how) {
        try {
            db.flush(how, List.of(rows, meta));
        } catch (RocksDBException e) {
            throw StoreException.of("flush", directory, e);
        }
    }

    long longProperty(String name) {
        try {
            return db.getLongProperty(rows, name);
        } catch (RocksDBException e) {
            throw StoreException.of("ask", directory, e);
        }
    }

    @Override
    public void close() {
        rows.close();
        meta.close();
        try {
            db.closeE();
        } catch (RocksDBException e) {
            throw StoreException.of("close", directory, e);
        }
    }
}
