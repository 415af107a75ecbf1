package dev.kedge.schemas.command;

/**
 * Everything a migration is to be run with; travels in its opening event, so replay reads no configuration.
 *
 * @param maxStallMillis cut over only while the predicted stall is within this
 * @param rollbackWindowMillis how long the source keeps its copy after the cutover
 * @param rowsPerSecond limit of the copy; 0 = none
 * @param catchUpLagRecords lag below which dual-write may start
 * @param dualWriteStableMillis how long the lag must stay small before verification
 * @param dualWriteTimeoutMillis how long the owner holds an acknowledgement for its replica; one that got nowhere meanwhile is given up
 * @param takeoverMillis how long the new owner waits for the former owner's fence before writing it itself
 * @param maxAttempts copies made before giving up after divergence
 * @param onDivergence what to do when the digests differ
 * @param copyTargetP99Millis the copy slows down while clients of either end wait longer than this (99th percentile); 0 = it never
 *     does
 * @param convergeMillis how long a replica may fail to come nearer before more is done for it, or the migration given up
 * @param maxDualWriteLosses dual-writes one attempt may lose to a silent replica before the migration is given up
 * @param maxDeferralMillis how long a verified cutover may wait for a stall within the budget before the migration is given up
 */
public record MigrationOptions(
        int maxStallMillis,
        long rollbackWindowMillis,
        int rowsPerSecond,
        long catchUpLagRecords,
        int dualWriteStableMillis,
        int dualWriteTimeoutMillis,
        int takeoverMillis,
        int maxAttempts,
        OnDivergence onDivergence,
        int copyTargetP99Millis,
        int convergeMillis,
        int maxDualWriteLosses,
        long maxDeferralMillis) {

    /** The default target of the copy: above what an unhurried shard takes to append and answer, below what people notice. */
    public static final int DEFAULT_COPY_TARGET_P99_MILLIS = 50;

    public enum OnDivergence {
        ABORT,
        RECOPY
    }

    public static final MigrationOptions DEFAULTS =
            new MigrationOptions(100, 600_000, 0, 1_000, 500, 1_000, 2_000, 2, OnDivergence.RECOPY);

    /** With the default target of the copy and the default patience: half a minute to converge, five lost dual-writes, ten minutes of deferral. */
    public MigrationOptions(
            int maxStallMillis,
            long rollbackWindowMillis,
            int rowsPerSecond,
            long catchUpLagRecords,
            int dualWriteStableMillis,
            int dualWriteTimeoutMillis,
            int takeoverMillis,
            int maxAttempts,
            OnDivergence onDivergence) {
        this(
                maxStallMillis,
                rollbackWindowMillis,
                rowsPerSecond,
                catchUpLagRecords,
                dualWriteStableMillis,
                dualWriteTimeoutMillis,
                takeoverMillis,
                maxAttempts,
                onDivergence,
                DEFAULT_COPY_TARGET_P99_MILLIS,
                30_000,
                5,
                600_000);
    }

    public MigrationOptions withCopyTarget(int newCopyTargetP99Millis) {
        return new MigrationOptions(
                maxStallMillis,
                rollbackWindowMillis,
                rowsPerSecond,
                catchUpLagRecords,
                dualWriteStableMillis,
                dualWriteTimeoutMillis,
                takeoverMillis,
                maxAttempts,
                onDivergence,
                newCopyTargetP99Millis,
                convergeMillis,
                maxDualWriteLosses,
                maxDeferralMillis);
    }

    public MigrationOptions withPatience(int newConvergeMillis, int newMaxDualWriteLosses, long newMaxDeferralMillis) {
        return new MigrationOptions(
                maxStallMillis,
                rollbackWindowMillis,
                rowsPerSecond,
                catchUpLagRecords,
                dualWriteStableMillis,
                dualWriteTimeoutMillis,
                takeoverMillis,
                maxAttempts,
                onDivergence,
                copyTargetP99Millis,
                newConvergeMillis,
                newMaxDualWriteLosses,
                newMaxDeferralMillis);
    }
}
