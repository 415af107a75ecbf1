package dev.kedge.orchestrator.decide;

/**
 * Constants of the control plane's policy. Events never depend on them when replayed: what was decided with them is in the event.
 *
 * @param cell name of the cell, the first part of its topics' names
 * @param heartbeatTimeoutMillis a worker silent for longer gets no new migration
 * @param workerLostMillis a worker that is silent for longer, while others report, is lost: its shards are opened elsewhere
 * @param shardFailedMillis a shard that fails on a living worker for longer is opened elsewhere
 * @param progressTimeoutMillis progress older than this predicts nothing: no dual-write or cutover is decided upon it
 * @param dualWriteRetryMillis pause after a lost dual-write before the next one
 * @param verificationRetryMillis a round without two digests of one marker is asked again after this, doubled with each round
 * @param deferralHintMillis a cutover that stays deferred is said so again after this
 * @param fenceRoundTripMicros stall of a cutover without any lag: an append and a tail read
 * @param assumedApplyRecordsPerSecond how fast a replica is taken to apply until it was seen with a backlog
 * @param maxMigrationsPerShard migrations from COPYING to CUTOVER that one shard may take part in
 * @param maxMigrationsPerWorker the same for the shards of one worker
 * @param maxMigrationsPerCell the same for the cell
 * @param maxTabletsPerKeyspace tablets one keyspace may have
 * @param maxBoundBytes length of a tablet bound in a RANGE keyspace
 * @param maxReadReplicasPerTablet read replicas one tablet may have
 * @param minStalenessMillis the strictest bound a read replica may be asked to keep
 * @param maxStalenessMillis the laxest: far below a shard log's {@code min.compaction.lag.ms}, so that what a replica serves is a prefix
 *     of its owner's history
 */
public record ControlPlaneSettings(
        String cell,
        long heartbeatTimeoutMillis,
        long workerLostMillis,
        long shardFailedMillis,
        long progressTimeoutMillis,
        long dualWriteRetryMillis,
        long verificationRetryMillis,
        long deferralHintMillis,
        long fenceRoundTripMicros,
        long assumedApplyRecordsPerSecond,
        int maxMigrationsPerShard,
        int maxMigrationsPerWorker,
        int maxMigrationsPerCell,
        int maxTabletsPerKeyspace,
        int maxBoundBytes,
        int maxReadReplicasPerTablet,
        int minStalenessMillis,
        int maxStalenessMillis) {

    public ControlPlaneSettings {
        if (workerLostMillis < 1 || shardFailedMillis < 1) {
            throw new IllegalArgumentException("a worker can't be lost after " + workerLostMillis
                    + " ms, nor a shard failed after " + shardFailedMillis + " ms; give 1 ms or more");
        }
    }

    /** A longer time without any heartbeat is a standstill, and nobody's silence. */
    long longestGapMillis() {
        return Math.max(1, Math.min(heartbeatTimeoutMillis, workerLostMillis / 2));
    }

    /** The same with other patience before shards are opened elsewhere. */
    public ControlPlaneSettings failingOverAfter(long workerLost, long shardFailed) {
        return new ControlPlaneSettings(
                cell,
                heartbeatTimeoutMillis,
                workerLost,
                shardFailed,
                progressTimeoutMillis,
                dualWriteRetryMillis,
                verificationRetryMillis,
                deferralHintMillis,
                fenceRoundTripMicros,
                assumedApplyRecordsPerSecond,
                maxMigrationsPerShard,
                maxMigrationsPerWorker,
                maxMigrationsPerCell,
                maxTabletsPerKeyspace,
                maxBoundBytes,
                maxReadReplicasPerTablet,
                minStalenessMillis,
                maxStalenessMillis);
    }

    public static ControlPlaneSettings defaults(String cell) {
        return new ControlPlaneSettings(
                cell, 5_000, 10_000, 60_000, 3_000, 1_000, 30_000, 30_000, 5_000, 20_000, 2, 4, 16, 16_384, 1_024, 8,
                100, 60_000);
    }
}
