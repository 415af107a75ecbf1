package dev.kedge.worker.engine;

/**
 * How a shard engine behaves.
 *
 * @param leaseMillis how long after a confirmed append reads may be served (R4); part of every {@code Opened}
 * @param leaseMarginMillis added to a predecessor's lease before serving, for clocks that run at different speeds
 * @param parkMillis how long a request may wait for its tablet to become servable
 * @param handoverParkMillis how long a replica that may soon own a tablet holds a request for it
 * @param maxParked requests waiting at once; more are answered TRY_AGAIN
 * @param maxValueBytes limit of a stored value; together with its key and headers it has to fit into one message of the log
 * @param maxReplyBytes limit of the values in one reply
 * @param maxImportsInFlight imported rows appended and not yet confirmed
 * @param progressEveryRows imported rows between two progress records
 * @param progressEveryMillis time between two progress records
 * @param evictRowsPerSecond pace of cleanup; 0 = no limit
 * @param evictBatchRows rows evicted in one go
 * @param tombstoneRetentionMillis {@code delete.retention.ms} of shard logs: a store older than half of it starts afresh (R0)
 * @param resendMillis how often an unanswered report is sent again
 * @param windowStalenessMillis how old an answer may be that a former owner gives within a rollback window to who accepts stale reads
 * @param leastCopyRowsPerSecond what a copy is slowed down to at most while clients wait too long; it must end some day
 * @param gapPatienceMillis how long an offset gap may be explained by the other lane before it is read
 */
public record EngineSettings(
        long leaseMillis,
        long leaseMarginMillis,
        long parkMillis,
        long handoverParkMillis,
        int maxParked,
        int maxValueBytes,
        int maxReplyBytes,
        int maxImportsInFlight,
        int progressEveryRows,
        long progressEveryMillis,
        int evictRowsPerSecond,
        int evictBatchRows,
        long tombstoneRetentionMillis,
        long resendMillis,
        long windowStalenessMillis,
        int leastCopyRowsPerSecond,
        long gapPatienceMillis) {

    /** R4: how long whoever takes over waits for a lease of its predecessor that may begin now, by its own clock, in milliseconds. */
    long toOutlast(long predecessorsLeaseMillis) {
        return predecessorsLeaseMillis + leaseMarginMillis;
    }

    /** R0: whoever was last confirmed so long ago may have missed tombstones that are gone from the log since. */
    boolean mayMissTombstones(long ageMillis) {
        return ageMillis > tombstoneRetentionMillis / 2;
    }

    public static final EngineSettings DEFAULTS = new EngineSettings(
            /* leaseMillis= */ 2_000,
            /* leaseMarginMillis= */ 200,
            /* parkMillis= */ 3_000,
            /* handoverParkMillis= */ 250,
            /* maxParked= */ 10_000,
            /* maxValueBytes= */ (8 << 20) - (64 << 10),
            /* maxReplyBytes= */ 64 << 20,
            /* maxImportsInFlight= */ 20_000,
            /* progressEveryRows= */ 100_000,
            /* progressEveryMillis= */ 2_000,
            /* evictRowsPerSecond= */ 100_000,
            /* evictBatchRows= */ 2_000,
            /* tombstoneRetentionMillis= */ 86_400_000L,
            /* resendMillis= */ 1_000,
            /* windowStalenessMillis= */ 2_000,
            /* leastCopyRowsPerSecond= */ 10_000,
            /* gapPatienceMillis= */ 10);

    public EngineSettings withTombstoneRetention(long millis) {
        return new EngineSettings(
                leaseMillis,
                leaseMarginMillis,
                parkMillis,
                handoverParkMillis,
                maxParked,
                maxValueBytes,
                maxReplyBytes,
                maxImportsInFlight,
                progressEveryRows,
                progressEveryMillis,
                evictRowsPerSecond,
                evictBatchRows,
                millis,
                resendMillis,
                windowStalenessMillis,
                leastCopyRowsPerSecond,
                gapPatienceMillis);
    }
}
