package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** I7: what the workers' stores hold is what a replay of the logs gives, digest for digest. The workers are down when it is done. */
final class ChaosStores {
    private final ChaosCell cell;
    private final CellSession session;
    private final OutputOptions output;

    ChaosStores(ChaosCell cell, CellSession session, OutputOptions output) {
        this.cell = cell;
        this.session = session;
        this.output = output;
    }

    void check(String keyspace, Consumer<String> wrong) {
        int id = session.keyspace(keyspace).id();
        cell.workers().forEach(ChaosPart::stop);
        Map<String, String> before = digests(id);
        ChaosCell.workerNames().forEach(cell::loseDisk);
        cell.workers().forEach(cell::start);
        cell.workers().forEach(cell::awaitReady);
        new CellSetup(session, output).awaitServing(List.copyOf(before.keySet()));
        cell.workers().forEach(ChaosPart::stop);
        Map<String, String> after = digests(id);
        before.forEach((shard, digest) -> {
            if (!digest.equals(after.get(shard))) {
                wrong.accept("the store of " + shard + " held " + digest + ", a replay of its log gives "
                        + after.get(shard));
            }
        });
    }

    /** By shard; where each was assigned last. */
    private Map<String, String> digests(int keyspaceId) {
        session.poll(Duration.ofMillis(200));
        Map<String, String> digests = new TreeMap<>();
        for (Shard shard : assigned()) {
            if (shard instanceof Shard.Assigned a) {
                digests.put(a.name(), digest(a, keyspaceId));
            }
        }
        return digests;
    }

    private List<Shard> assigned() {
        List<Shard> shards = new ArrayList<>();
        for (int i = 1; i <= ChaosCell.WORKERS; i++) {
            Shard shard = session.state().shard(CellSetup.shard(i));
            if (shard != null) {
                shards.add(shard);
            }
        }
        return shards;
    }

    private String digest(Shard.Assigned shard, int keyspaceId) {
        StoreIdentity identity = new StoreIdentity(session.cell().name(), shard.name(), shard.logTopicId());
        KeyRange all = new KeyRange(Bytes.EMPTY, null);
        try (StoreMemory memory = new StoreMemory(StoreSettings.ofMemory(StoreSettings.MIN_MEMORY_BYTES));
                RocksStore store =
                        RocksStore.open(cell.workerDir(shard.worker()).resolve(shard.name()), identity, memory);
                Ports.Snapshot snapshot = store.snapshot()) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            long[] rows = new long[1];
            snapshot.forEach(ShardKeys.lower(keyspaceId, all), ShardKeys.upper(keyspaceId, all), (key, value) -> {
                sha.update(ByteBuffer.allocate(8)
                        .putInt(key.length)
                        .putInt(value.length)
                        .array());
                sha.update(key);
                sha.update(value);
                rows[0]++;
                return true;
            });
            return rows[0] + " rows with digest " + HexFormat.of().formatHex(sha.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new Failed("NO_DIGEST", "this JVM has no SHA-256", e);
        }
    }
}
