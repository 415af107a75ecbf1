package dev.kedge.simulation.cluster;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;

/**
 * How large a simulated cell is, and what follows from that: each shard begins with as much as any other, and what may be moved at once and
 * within an hour grows with the number of shards.
 *
 * @param shards at the beginning
 * @param tablets at the beginning
 * @param reportSeconds how often each shard reports its load
 */
public record ClusterSize(int shards, int tablets, int reportSeconds) {
    static final double SHARD_QPS = 4_000;
    static final double SHARD_BYTES = 40e9;

    private static final int SHARDS_PER_WORKER = 10;
    private static final int MAX_TABLETS_PER_KEYSPACE = 10_000;
    private static final int MIN_KEYSPACES = 4;
    private static final long CHURN_PER_SHARD = 20_000_000_000L;

    /** @throws IllegalArgumentException if that is no cell that anything can be balanced in */
    public ClusterSize {
        if (shards < 20 || shards % SHARDS_PER_WORKER != 0 || shards > 10_000) {
            throw new IllegalArgumentException(shards + " shards: give 20 to 10000, a multiple of " + SHARDS_PER_WORKER
                    + " (so many are on each worker)");
        }
        if (tablets < 4 * shards || tablets % shards != 0 || tablets > 1_000_000) {
            throw new IllegalArgumentException(tablets + " tablets: give a multiple of the " + shards
                    + " shards, at least 4 for each, at most 1000000");
        }
        if (reportSeconds < 5 || reportSeconds > 30) {
            throw new IllegalArgumentException(
                    "reports every " + reportSeconds + " s: give 5 to 30, or the policies would take them for missing");
        }
    }

    /** With reports as often as workers send them. */
    public ClusterSize(int shards, int tablets) {
        this(shards, tablets, 10);
    }

    int workers() {
        return shards / SHARDS_PER_WORKER;
    }

    /** So many join where a cell grows, or are drained. */
    int moreWorkers() {
        return Math.max(1, workers() / 10);
    }

    int shardsPerWorker() {
        return SHARDS_PER_WORKER;
    }

    int keyspaces() {
        int keyspaces = Math.max(MIN_KEYSPACES, (tablets + MAX_TABLETS_PER_KEYSPACE - 1) / MAX_TABLETS_PER_KEYSPACE);
        while (tablets % keyspaces != 0) {
            keyspaces++;
        }
        return keyspaces;
    }

    int tabletsPerKeyspace() {
        return tablets / keyspaces();
    }

    double qps() {
        return shards * SHARD_QPS;
    }

    double bytes() {
        return shards * SHARD_BYTES;
    }

    /** The defaults, carried out without approval, with the limits of a cell of this size. */
    Policy policy() {
        Policy p = Policy.DEFAULTS;
        return new Policy(
                Policy.Mode.AUTO,
                p.maxBytes(),
                p.maxQps(),
                p.mergeBytes(),
                p.mergeQps(),
                p.imbalanceTolerance(),
                p.balanceBytes(),
                p.balanceQps(),
                p.evaluationMillis(),
                p.busyMillis(),
                p.loadMillis(),
                p.windowMillis(),
                p.staleMillis(),
                p.hysteresis(),
                p.cooldownMillis(),
                p.returnCooldowns(),
                p.minReturnGain(),
                p.minSplitShare(),
                p.minMoveGain(),
                p.minGainPerGigabyte(),
                p.minSamples(),
                shards * CHURN_PER_SHARD,
                p.maxMigrationsPerShard(),
                p.maxMigrationsPerWorker(),
                migrationsPerCell(),
                p.maxShardsPerWorker(),
                p.proposalMillis(),
                p.replicaStalenessMillis(),
                p.copyBytesPerSecond(),
                MigrationOptions.DEFAULTS);
    }

    ControlPlaneSettings settings() {
        ControlPlaneSettings s = ControlPlaneSettings.defaults("sim");
        return new ControlPlaneSettings(
                s.cell(),
                s.heartbeatTimeoutMillis(),
                s.workerLostMillis(),
                s.shardFailedMillis(),
                s.progressTimeoutMillis(),
                s.dualWriteRetryMillis(),
                s.verificationRetryMillis(),
                s.deferralHintMillis(),
                s.fenceRoundTripMicros(),
                s.assumedApplyRecordsPerSecond(),
                s.maxMigrationsPerShard(),
                s.maxMigrationsPerWorker(),
                Math.max(s.maxMigrationsPerCell(), 2 * migrationsPerCell()),
                s.maxTabletsPerKeyspace(),
                s.maxBoundBytes(),
                s.maxReadReplicasPerTablet(),
                s.minStalenessMillis(),
                s.maxStalenessMillis());
    }

    private int migrationsPerCell() {
        return Math.max(8, shards / 8);
    }
}
