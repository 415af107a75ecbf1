package dev.kedge.worker.store;

import dev.kedge.model.KeyRange;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.Ports;
import java.nio.file.Path;
import java.util.Set;

/** Digests a closed store's keyspace, for tests. */
public final class StoredDigest {
    private StoredDigest() {}

    public static DigestResult of(Path directory, String cell, String shard, String logTopicId, int keyspaceId) {
        try (StoreMemory memory = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
                RocksStore store = RocksStore.open(directory, new StoreIdentity(cell, shard, logTopicId), memory);
                Ports.Snapshot snapshot = store.snapshot()) {
            return DigestRunner.digest(
                    snapshot,
                    ShardKeys.lower(keyspaceId, KeyRange.ALL),
                    ShardKeys.upper(keyspaceId, KeyRange.ALL),
                    Set.of());
        }
    }
}
