package dev.kedge.system;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
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
import java.util.HexFormat;

/**
 * The rows of a range in the store of a worker that was stopped.
 *
 * @param digest SHA-256 over keys and values in order
 */
record StoredRows(long rows, String digest) {

    static StoredRows of(TestCell cell, String worker, String shard, KeyRange range) {
        if (!(cell.state().shard(shard) instanceof Shard.Assigned assigned)) {
            throw new IllegalArgumentException(shard + " is nowhere");
        }
        StoreIdentity identity = new StoreIdentity(cell.cell().name(), shard, assigned.logTopicId());
        try (StoreMemory memory = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
                RocksStore store = RocksStore.open(cell.workerDir(worker).resolve(shard), identity, memory);
                Ports.Snapshot snapshot = store.snapshot()) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            long[] rows = new long[1];
            Bytes from = ShardKeys.lower(cell.keyspaceId(), range);
            Bytes to = ShardKeys.upper(cell.keyspaceId(), range);
            snapshot.forEach(from, to, (key, value) -> {
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
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
