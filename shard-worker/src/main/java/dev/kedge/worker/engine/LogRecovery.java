package dev.kedge.worker.engine;

/**
 * What recovery from a shard's log may rely on (R5). A void record hides the valid one before it from compaction, until the owner repairs it. Where
 * nobody did for longer than the log's compaction lag, the valid one may be gone, and a store that has not got it from before can't tell.
 *
 * @param compactionLagMillis {@code min.compaction.lag.ms} of the log: how long the cleaner leaves records alone
 * @param anyway what the log still has is served even so: an operator's decision, for it may lose acknowledged writes
 */
public record LogRecovery(long compactionLagMillis, boolean anyway) {
    /** Whether the record before a void one of this age may have been removed. */
    boolean mayBeGone(long ageMillis) {
        return ageMillis >= compactionLagMillis;
    }
}
