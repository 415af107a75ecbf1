package dev.kedge.system;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.store.RocksStore;
import dev.kedge.worker.store.StoreIdentity;
import dev.kedge.worker.store.StoreMemory;
import dev.kedge.worker.store.StoreSettings;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The rows of a range in the store of a worker that was stopped.
 *
 * @param digest SHA-256 over keys and values in order
 */
record StoredRows(long rows, String digest) {

    static StoredRows of(TestCell cell, String worker, String shard, KeyRange range) {
        return of(cell, worker, shard, TestCell.KEYSPACE, range);
    }

    static StoredRows of(TestCell cell, String worker, String shard, String keyspace, KeyRange range) {
        return in(cell, worker, shard, store -> {
            MessageDigest sha = sha256();
            long[] rows = new long[1];
            forEach(cell, store, keyspace, range, (key, value) -> {
                sha.update(ByteBuffer.allocate(8)
                        .putInt(key.length)
                        .putInt(value.length)
                        .array());
                sha.update(key);
                sha.update(value);
                rows[0]++;
                return true;
            });
            return new StoredRows(rows[0], HexFormat.of().formatHex(sha.digest()));
        });
    }

    /** The keys of a HASH keyspace's rows in the range. */
    static List<String> keys(TestCell cell, String worker, String shard, KeyRange range) {
        return in(cell, worker, shard, store -> {
            List<String> keys = new ArrayList<>();
            forEach(cell, store, TestCell.KEYSPACE, range, (key, value) -> {
                Bytes position = ShardKeys.position(Bytes.wrap(key));
                keys.add(Placement.HASH.key(position).toUtf8());
                return true;
            });
            return keys;
        });
    }

    /** Changes rows behind the back of the engine, whose log knows nothing of it. */
    static void damage(TestCell cell, String worker, String shard, Consumer<Ports.Batch> change) {
        in(cell, worker, shard, store -> {
            Ports.Batch batch = store.batch();
            change.accept(batch);
            batch.commit();
            return "done";
        });
    }

    private static <T> T in(TestCell cell, String worker, String shard, Function<RocksStore, T> then) {
        if (!(cell.state().shard(shard) instanceof Shard.Assigned assigned)) {
            throw new IllegalArgumentException(shard + " is nowhere");
        }
        StoreIdentity identity = new StoreIdentity(cell.cell().name(), shard, assigned.logTopicId());
        try (StoreMemory memory = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
                RocksStore store = RocksStore.open(cell.workerDir(worker).resolve(shard), identity, memory)) {
            return then.apply(store);
        }
    }

    private static void forEach(
            TestCell cell, RocksStore store, String keyspace, KeyRange range, Ports.RowVisitor visitor) {
        int id = cell.keyspaceId(keyspace);
        try (Ports.Snapshot snapshot = store.snapshot()) {
            snapshot.forEach(ShardKeys.lower(id, range), ShardKeys.upper(id, range), visitor);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
