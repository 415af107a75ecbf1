package dev.kedge.worker.runtime;

import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.EngineSettings;
import dev.kedge.worker.engine.LogRecovery;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.Shard;
import dev.kedge.worker.log.FenceWriter;
import dev.kedge.worker.log.KafkaLog;
import dev.kedge.worker.log.KafkaSourceLogs;
import dev.kedge.worker.log.LogSettings;
import dev.kedge.worker.log.LogTopic;
import dev.kedge.worker.store.DigestRunner;
import dev.kedge.worker.store.RocksStore;
import dev.kedge.worker.store.StoreException;
import dev.kedge.worker.store.StoreIdentity;
import dev.kedge.worker.store.StoreMemory;
import dev.kedge.worker.store.StoredPositions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a shard on Kafka and RocksDB. */
final class KafkaShardOpener implements ShardOpener {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaShardOpener.class);
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

    private final ShardRoute route;
    private final Surroundings worker;

    /** What all shards of a worker share. */
    record Surroundings(
            String cell,
            String workerId,
            Path dataDir,
            EngineSettings engine,
            boolean recoverUnrepaired,
            LogSettings log,
            ShardRecordCodec codec,
            Admin admin,
            StoreMemory memory,
            FenceWriter fences,
            Executor digests,
            Ports.Reports reports,
            Ports.Clock clock) {}

    KafkaShardOpener(ShardRoute route, Surroundings worker) {
        this.route = route;
        this.worker = worker;
    }

    @Override
    public OpenShard open(EngineInbox inbox, @Nullable Throwable lastFailure) {
        LogTopic topic = new LogTopic(route.logTopic(), route.logTopicId());
        // R0: what is too old is a matter of the topic's own setting. All shards' logs have the same (kedge topics
        // check).
        LogTopic.Kept kept = topic.check(worker.admin, CHECK_TIMEOUT);
        EngineSettings settings = worker.engine.withTombstoneRetention(kept.tombstonesMillis());
        LogRecovery recovery = new LogRecovery(kept.compactionLagMillis(), worker.recoverUnrepaired);
        Deque<Runnable> toClose = new ArrayDeque<>();
        try {
            RocksStore store = openStore(isCorrupt(lastFailure));
            toClose.push(store::close);
            KafkaLog log = new KafkaLog(topic, worker.log, worker.codec, inbox);
            toClose.push(log::close);
            KafkaSourceLogs sources =
                    new KafkaSourceLogs(route.shard(), worker.log, worker.codec, worker.fences, inbox);
            toClose.push(sources::close);
            ShardPorts ports = new ShardPorts(
                    log, store, sources, new DigestRunner(worker.digests, inbox), worker.reports, worker.clock);
            Shard engine = new Shard(route.shard(), worker.workerId, ports, settings, recovery);
            return new OpenShard(engine, new StoredPositions(store, worker.digests), () -> closeAll(toClose));
        } catch (RuntimeException e) {
            closeAll(toClose);
            throw e;
        }
    }

    /** The store is a cache of the log: damaged files are thrown away rather than repaired. */
    private RocksStore openStore(boolean knownToBeDamaged) {
        Path directory = worker.dataDir.resolve(route.shard());
        StoreIdentity identity = new StoreIdentity(worker.cell, route.shard(), route.logTopicId());
        if (!knownToBeDamaged) {
            try {
                return RocksStore.open(directory, identity, worker.memory);
            } catch (StoreException e) {
                if (!isCorrupt(e)) {
                    throw e;
                }
                LOG.warn("{}", e.getMessage());
            }
        }
        LOG.warn("The store {} is damaged; it is rebuilt from the shard's log", directory);
        RocksStore.discard(directory, identity);
        return RocksStore.open(directory, identity, worker.memory);
    }

    private static boolean isCorrupt(@Nullable Throwable e) {
        return e instanceof StoreException store && store.reason() == StoreException.Reason.CORRUPT;
    }

    /** Closes the rest also when one fails. */
    private static void closeAll(Deque<Runnable> toClose) {
        while (!toClose.isEmpty()) {
            try {
                toClose.pop().run();
            } catch (RuntimeException e) {
                LOG.error("Could not close a part of a shard", e);
            }
        }
    }
}
