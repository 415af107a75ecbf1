package dev.kedge.schemas.shard;

import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a shard's log holds. Every record belongs to one opening of the shard, named by (epoch, incarnation).
 *
 * <p>Rows ({@link Row}) have a data key (see {@link ShardKeys}) and are compacted per key; a row without a value is a Kafka
 * tombstone whose fields travel in headers. Control records have unique keys, so nothing compacts them away (R7).
 *
 * <p>Which records count is decided in one place, {@code Judge} (R10).
 */
public sealed interface ShardRecord {
    long epoch();

    long incarnation();

    /** A record about one key. {@code value} null = the key is gone. */
    sealed interface Row extends ShardRecord {
        byte @Nullable [] value();
    }

    /** A write of the owner. */
    record Change(long epoch, long incarnation, byte @Nullable [] value) implements Row {}

    /** A row replayed from another shard's log at {@code sourceOffset}; staged until its attempt is completed (R6). */
    record Import(
            long epoch, long incarnation, String migration, int attempt, long sourceOffset, byte @Nullable [] value)
            implements Row {}

    /**
     * A row removed from a shard that no longer holds its range (R9). Always without value.
     *
     * @param version routing version that caused it (R2)
     */
    record EvictRow(long epoch, long incarnation, long version, String migration, int attempt) implements Row {
        @Override
        public byte @Nullable [] value() {
            return null;
        }
    }

    /** Repeats a key's last valid value after a void record, so that compaction keeps the valid one (R5). */
    record Restore(long epoch, long incarnation, byte @Nullable [] value) implements Row {}

    /** A record about the shard or a range, never compacted by a later one. */
    sealed interface Control extends ShardRecord {}

    /** An opening: everything after it belongs to it until the next valid one (R1). */
    record Opened(long epoch, long incarnation, long leaseMillis, String worker) implements Control {}

    /** The end of an opening in good order: its holder serves nothing any more, so the next need not wait for its lease. */
    record Closed(long epoch, long incarnation) implements Control {}

    /** Renews the lease of an idle shard (R4). Judges nothing, so all share one key. */
    record KeepAlive(long epoch, long incarnation) implements Control {}

    /** Records that take or give up a range; valid only with a higher routing version than all before (R2). */
    sealed interface Ownership extends Control {
        int keyspaceId();

        KeyRange range();

        /** Routing version that caused it. */
        long version();
    }

    /** First ownership of a range in a new keyspace. */
    record Created(long epoch, long incarnation, int keyspaceId, KeyRange range, long version) implements Ownership {}

    /**
     * The shard's writes to the range are void from here on. May be written by others than the owner (R2).
     *
     * @param byOwner written by the opening (epoch, incarnation) itself; otherwise these two are the writer's own
     * @param leaseSettled the owner had waited out its predecessor's lease before, so nobody else can be reading (R4)
     */
    record Fence(
            long epoch,
            long incarnation,
            int keyspaceId,
            KeyRange range,
            long version,
            String migration,
            boolean byOwner,
            boolean leaseSettled)
            implements Ownership {}

    /**
     * Begins an attempt: imports of the range with this (migration, attempt) are staged from here on.
     *
     * @param version routing version that caused it (R2)
     */
    record ImportStarted(
            long epoch,
            long incarnation,
            int keyspaceId,
            KeyRange range,
            long version,
            String migration,
            int attempt,
            ImportBase base,
            String sourceShard,
            long sourceFrom)
            implements Control {}

    /**
     * How far an attempt has come: every row of the source's log below {@code position} stands before this record. Written only
     * once those imports are acknowledged, so it cannot run ahead of them (R6). Later ones replace earlier ones of the attempt.
     *
     * @param sourceJudge validity state of the source's log as of {@code position} (R7)
     */
    record ImportProgress(
            long epoch,
            long incarnation,
            int keyspaceId,
            KeyRange range,
            String migration,
            int attempt,
            long position,
            byte[] sourceJudge)
            implements Control {}

    /** The attempt's imports become the shard's rows; the shard owns the range. */
    record ImportCompleted(
            long epoch,
            long incarnation,
            int keyspaceId,
            KeyRange range,
            long version,
            String migration,
            int attempt,
            long sourceOffset)
            implements Ownership {}

    /** All rows of the range are removed from this shard. */
    record Evicted(
            long epoch, long incarnation, int keyspaceId, KeyRange range, long version, String migration, int attempt)
            implements Ownership {}

    /**
     * A position in the log at which both sides digest the range.
     *
     * @param detailBuckets buckets of which single keys are to be listed
     */
    record Marker(
            long epoch,
            long incarnation,
            int keyspaceId,
            KeyRange range,
            String migration,
            int attempt,
            int round,
            List<Integer> detailBuckets)
            implements Control {
        public Marker {
            detailBuckets = List.copyOf(detailBuckets);
        }
    }
}
