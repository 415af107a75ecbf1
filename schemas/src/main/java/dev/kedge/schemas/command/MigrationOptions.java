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
        OnDivergence onDivergence) {

    public enum OnDivergence {
        ABORT,
        RECOPY
    }

    public static final MigrationOptions DEFAULTS =
            new MigrationOptions(100, 600_000, 0, 1_000, 500, 1_000, 2_000, 2, OnDivergence.RECOPY);
}
