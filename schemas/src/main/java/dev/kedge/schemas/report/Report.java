package dev.kedge.schemas.report;

import dev.kedge.model.Bytes;
import dev.kedge.model.Positions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What workers tell the control plane, and replicas the owner of a dual-write. Values of the reports topic. */
public sealed interface Report {

    /**
     * Sent every heartbeat interval and at start.
     *
     * @param incarnation unique per start of the worker process
     * @param timeMillis the worker's wall clock when it sent this
     */
    record Heartbeat(String worker, long incarnation, String host, int port, long timeMillis, List<ShardStatus> shards)
            implements Report {
        public Heartbeat {
            shards = List.copyOf(shards);
        }
    }

    /**
     * One hosted shard.
     *
     * @param state OPENING, SERVING or FAILED
     * @param reason why it is not serving; null when it is
     * @param endOffset one past the last log offset applied
     */
    record ShardStatus(
            String shard,
            long epoch,
            ShardState state,
            @Nullable String reason,
            long endOffset,
            long rows,
            long bytes,
            List<TabletLoad> tablets) {
        public ShardStatus {
            tablets = List.copyOf(tablets);
        }
    }

    enum ShardState {
        OPENING,
        SERVING,
        FAILED
    }

    /** Load of one owned tablet since the previous heartbeat; rows and bytes are the store's estimates. */
    record TabletLoad(
            String keyspace, Bytes start, long rows, long bytes, double readsPerSecond, double writesPerSecond) {}

    /**
     * What one shard was asked for, and where its rows lie: sent every load interval, by workers whose shard serves.
     *
     * @param timeMillis the worker's wall clock at the end of the interval
     * @param intervalMillis what this covers
     * @param tablets those the shard owns, and those it follows as a read replica: of these only what it served, neither rows nor bytes
     */
    record ShardLoad(
            String worker,
            long incarnation,
            String shard,
            long epoch,
            long timeMillis,
            long intervalMillis,
            List<TabletUse> tablets)
            implements Report {
        public ShardLoad {
            tablets = List.copyOf(tablets);
        }
    }

    /**
     * Use of one owned tablet within the interval.
     *
     * @param rows estimated by the store
     * @param bytes estimated by the store
     * @param reads requests served; one that names several keys counts once for each
     * @param writes as {@code reads}
     * @param requestBytes bytes of keys and values that came with requests or went with replies
     * @param p99Micros from the arrival of a request's last byte to its reply
     * @param requested where the requests lay
     * @param stored where the rows lie, weighted by bytes; as of some time ago, none until sampled first
     * @param hotKeys those that surely had a great share of the requests, the most frequent first
     */
    record TabletUse(
            String keyspace,
            Bytes start,
            long rows,
            long bytes,
            long reads,
            long writes,
            long requestBytes,
            long p99Micros,
            Positions requested,
            Positions stored,
            List<HotKey> hotKeys) {
        public TabletUse {
            hotKeys = List.copyOf(hotKeys);
        }
    }

    /** A key that is asked for often, with a lower bound of how often. */
    record HotKey(Bytes position, long requests) {}

    /** Reports about one replication, named by (migration, attempt), from {@code shard}. */
    sealed interface MigrationReport extends Report {
        String shard();

        String migration();

        int attempt();
    }

    /**
     * Progress of a replica, sent on every applied batch while dual-writing, else several times a second.
     *
     * @param position all records of the source's log below this offset are applied here
     * @param sourceEnd the source log's end as last seen by the replica
     * @param rows rows imported by this attempt so far
     * @param bytes bytes of keys and values imported by this attempt so far
     * @param fenced the former owner's fence has been read and everything before it applied
     * @param appliedMillis broker time of the latest record of the source's log that is applied here: everything appended before it is
     *     here; -1 while unknown
     * @param rowsPerSecondLimit the copy's limit at the moment; 0 = none
     * @param sourceP99Micros what the source's clients wait, as last heard; -1 while unknown
     * @param ownP99Micros what this shard's clients wait; -1 while unknown
     */
    record ReplicaProgress(
            String shard,
            String migration,
            int attempt,
            long position,
            long sourceEnd,
            long rows,
            long bytes,
            boolean fenced,
            long appliedMillis,
            int rowsPerSecondLimit,
            long sourceP99Micros,
            long ownP99Micros)
            implements MigrationReport {
        public ReplicaProgress(
                String shard,
                String migration,
                int attempt,
                long position,
                long sourceEnd,
                long rows,
                long bytes,
                boolean fenced) {
            this(shard, migration, attempt, position, sourceEnd, rows, bytes, fenced, -1, 0, -1, -1);
        }
    }

    /**
     * What the owner's clients have to wait while a shard copies from it: once a second, to that shard.
     *
     * @param requests answered within the interval
     * @param p99Micros 99% of them were answered within this; 0 if there were none
     */
    record ForegroundLatency(String shard, String migration, int attempt, long requests, long p99Micros)
            implements MigrationReport {}

    /** The owner gave up waiting for a silent replica and acknowledges alone. */
    record DualWriteLost(String shard, String migration, int attempt, String reason) implements MigrationReport {}

    /**
     * One side's digest of the range as of the marker of {@code round} at {@code markerOffset} in the owner's log.
     *
     * @param buckets one order-independent sum per bucket of keys; see {@link dev.kedge.model.DigestBuckets}
     * @param details digests of single keys, for the buckets that were asked for: 1,000 at most, the first in their order
     */
    record Digest(
            String shard,
            String migration,
            int attempt,
            int round,
            long markerOffset,
            long rows,
            long bytes,
            List<Long> buckets,
            List<KeyDigest> details)
            implements MigrationReport {
        public Digest {
            buckets = List.copyOf(buckets);
            details = List.copyOf(details);
        }
    }

    record KeyDigest(Bytes position, long digest) {}

    /** The former owner's fence for {@code version} stands in its log at {@code offset}. */
    record Fenced(String shard, String migration, int attempt, long version, long offset) implements MigrationReport {}

    /**
     * The new owner serves.
     *
     * @param offset of its ImportCompleted in its own log
     * @param stallMicros from the fence's append (its broker timestamp) to serving, as far as the new owner can tell
     * @param parked requests that waited here for the switch
     */
    record CutoverServed(
            String shard,
            String migration,
            int attempt,
            long version,
            long offset,
            long fenceOffset,
            long stallMicros,
            int parked)
            implements MigrationReport {}

    /** The shard holds no row of the range any more, and says so in its log at {@code offset}. */
    record EvictionDone(String shard, String migration, int attempt, long offset, long rows)
            implements MigrationReport {}

    /** The replica cannot go on; permanent, a retry needs a decision. */
    record ReplicationFailed(String shard, String migration, int attempt, String reason) implements MigrationReport {}

    /** The control plane's own effect: a shard's log topic exists. */
    record LogReady(String shard, String logTopic, String logTopicId) implements Report {}

    /** The control plane's own effect failed; it is tried again. */
    record LogFailed(String shard, String logTopic, String reason) implements Report {}
}
