package dev.kedge.worker.runtime;

import dev.kedge.schemas.registry.SchemaRegistries;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.Names;
import dev.kedge.worker.engine.EngineSettings;
import dev.kedge.worker.log.LogSettings;
import dev.kedge.worker.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a worker needs to know.
 *
 * @param workerId its name in the routing map; two workers of a cell must not share one
 * @param registryUrl of the schema registry, or {@link SchemaRegistries#BUNDLED}
 * @param dataDir where its shards' stores are; they can be deleted, the logs rebuild them
 * @param host where clients reach it, told to the control plane
 * @param port to listen on; 0 takes a free one
 * @param store limits of all its stores together
 * @param engine how its shards behave, the lease among it
 * @param recoverUnrepaired serves a shard although acknowledged values may be gone from its log ({@code LogRecovery}): an operator's decision
 * @param log how it reaches the shards' logs, Kafka's address among it
 */
public record WorkerSettings(
        String workerId,
        Cell cell,
        String registryUrl,
        Path dataDir,
        String host,
        int port,
        Duration heartbeatInterval,
        StoreSettings store,
        EngineSettings engine,
        boolean recoverUnrepaired,
        LogSettings log,
        LoopSettings loops) {
    public static final Duration DEFAULT_HEARTBEAT_INTERVAL = Duration.ofMillis(500);
    public static final long DEFAULT_STORE_MEMORY_BYTES = 256L << 20;

    public WorkerSettings {
        Names.require("worker", workerId);
        if (heartbeatInterval.toMillis() < 10) {
            throw new IllegalArgumentException(
                    "the heartbeat interval must be at least 10 ms, it is " + heartbeatInterval);
        }
    }

    /** Defaults for everything that can have one; listens on a free port of 127.0.0.1. */
    public static WorkerSettings of(String workerId, Cell cell, KafkaClients clients, Path dataDir) {
        return new WorkerSettings(
                workerId,
                cell,
                SchemaRegistries.BUNDLED,
                dataDir,
                "127.0.0.1",
                0,
                DEFAULT_HEARTBEAT_INTERVAL,
                StoreSettings.ofMemory(DEFAULT_STORE_MEMORY_BYTES),
                EngineSettings.DEFAULTS,
                false,
                LogSettings.of(clients),
                LoopSettings.DEFAULT);
    }

    public WorkerSettings withLoops(LoopSettings other) {
        return new WorkerSettings(
                workerId,
                cell,
                registryUrl,
                dataDir,
                host,
                port,
                heartbeatInterval,
                store,
                engine,
                recoverUnrepaired,
                log,
                other);
    }

    KafkaClients clients() {
        return log.clients();
    }
}
