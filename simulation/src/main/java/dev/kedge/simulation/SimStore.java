package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Ports;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A simulated store. Written without a log of its own, as RocksDB is here: a crash takes it back to its last flush, which holds rows and
 * applied offset of one moment.
 */
final class SimStore implements Ports.Store {
    private static final String APPLIED = "applied";

    private TreeMap<Bytes, byte[]> rows = new TreeMap<>();
    private TreeMap<String, byte[]> metas = new TreeMap<>();
    private TreeMap<Bytes, byte[]> flushedRows = new TreeMap<>();
    private TreeMap<String, byte[]> flushedMetas = new TreeMap<>();

    void flush() {
        flushedRows = new TreeMap<>(rows);
        flushedMetas = new TreeMap<>(metas);
    }

    void crash() {
        rows = new TreeMap<>(flushedRows);
        metas = new TreeMap<>(flushedMetas);
    }

    TreeMap<Bytes, byte[]> rows() {
        return rows;
    }

    /** Offset of the last record applied; -1 before the first. */
    long applied() {
        byte[] saved = metas.get(APPLIED);
        return saved == null ? -1 : ByteBuffer.wrap(saved).getLong();
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        return rows.get(key);
    }

    @Override
    public List<Ports.Row> scan(Bytes from, Bytes to, int limit) {
        List<Ports.Row> found = new ArrayList<>();
        for (Map.Entry<Bytes, byte[]> row : rows.subMap(from, to).entrySet()) {
            if (found.size() == limit) {
                break;
            }
            found.add(new Ports.Row(row.getKey(), row.getValue()));
        }
        return found;
    }

    @Override
    public byte @Nullable [] meta(String name) {
        return metas.get(name);
    }

    @Override
    public Ports.Batch batch() {
        return new Batch();
    }

    @Override
    public Ports.Snapshot snapshot() {
        TreeMap<Bytes, byte[]> copy = new TreeMap<>(rows);
        return new Ports.Snapshot() {
            @Override
            public void forEach(Bytes from, Bytes to, Ports.RowVisitor visitor) {
                for (Map.Entry<Bytes, byte[]> row : copy.subMap(from, to).entrySet()) {
                    if (!visitor.row(row.getKey().array(), row.getValue())) {
                        return;
                    }
                }
            }

            @Override
            public void close() {
                // nothing is held
            }
        };
    }

    @Override
    public void clear() {
        rows.clear();
        metas.clear();
        flush();
    }

    @Override
    public Ports.Size estimate(Bytes from, Bytes to) {
        long bytes = 0;
        Map<Bytes, byte[]> part = rows.subMap(from, to);
        for (Map.Entry<Bytes, byte[]> row : part.entrySet()) {
            bytes += row.getKey().length() + row.getValue().length;
        }
        return new Ports.Size(part.size(), bytes);
    }

    /** Changes collected, then made at once. */
    private final class Batch implements Ports.Batch {
        private final List<Runnable> changes = new ArrayList<>();

        @Override
        public void put(Bytes key, byte[] value) {
            changes.add(() -> rows.put(key, value));
        }

        @Override
        public void delete(Bytes key) {
            changes.add(() -> rows.remove(key));
        }

        @Override
        public void deleteRange(Bytes from, Bytes to) {
            changes.add(() -> rows.subMap(from, to).clear());
        }

        @Override
        public void meta(String name, byte @Nullable [] value) {
            changes.add(() -> {
                if (value == null) {
                    metas.remove(name);
                } else {
                    metas.put(name, value);
                }
            });
        }

        @Override
        public void commit() {
            changes.forEach(Runnable::run);
            changes.clear();
        }
    }
}
