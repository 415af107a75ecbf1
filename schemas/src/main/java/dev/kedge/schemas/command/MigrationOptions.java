package dev.kedge.schemas.command;

/**
 * Everything a migration is to be run with; travels in its opening event, so replay reads no configuration.
 *
 * @param maxStallMillis cut over only while the predicted stall is within this
 * @param rollbackWindowMillis how long the source keeps its copy after the cutover
 * @param rowsPerSecond limit of the copy; 0 = none
 * @param catchUpLagRecords lag below which dual-write may start
 * @param dualWriteStableMillis how long the lag must stay small before verification
 * @param dualWriteTimeoutMillis how long the owner holds an acknowledgement for a silent replica
 * @param takeoverMillis how long the new owner waits for the former owner's fence before writing it itself
 * @param maxAttempts copies made before giving up after divergence
 * @param onDivergence what to do when the digests differ
 * @param copyTargetP99Millis the copy slows down while clients of either end wait longer than this (99th percentile); 0 = it never
 *     does
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
        int copyTargetP99Millis) {

    /** The default target of the copy: above what an unhurried shard takes to append and answer, below what people notice. */
    public static final int DEFAULT_COPY_TARGET_P99_MILLIS = 20;

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
                DEFAULT_COPY_TARGET_P99_MILLIS);
    }

    public enum OnDivergence {
        ABORT,
        RECOPY
    }

    public static final MigrationOptions DEFAULTS =
            new MigrationOptions(100, 600_000, 0, 1_000, 500, 1_000, 2_000, 2, OnDivergence.RECOPY);
}
