package dev.kedge.schemas.routing;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of the routing topic. A record's offset is its version. A null value removes what its key names. */
public sealed interface RoutingRecord {
    /** The key this record stands under. */
    RoutingKey key();

    /**
     * @param id stands for the keyspace in the keys of shard logs; never reused
     */
    record KeyspaceRoute(String keyspace, int id, Placement placement) implements RoutingRecord {
        @Override
        public RoutingKey key() {
            return new RoutingKey.KeyspaceKey(keyspace);
        }
    }

    /** Where a worker listens for clients. */
    record WorkerRoute(String worker, String host, int port) implements RoutingRecord {
        @Override
        public RoutingKey key() {
            return new RoutingKey.WorkerKey(worker);
        }
    }

    /**
     * @param epoch number of this assignment of the shard to a worker
     * @param logTopicId Kafka's id of the topic: a re-created topic of the same name is not this log
     */
    record ShardRoute(String shard, String worker, long epoch, String logTopic, String logTopicId)
            implements RoutingRecord {
        @Override
        public RoutingKey key() {
            return new RoutingKey.ShardKey(shard);
        }
    }

    /**
     * A tablet: it reaches from {@code start} to the next tablet's start.
     *
     * @param shard the owner
     * @param migration what the workers concerned must do, derived from the migration's state; null when at rest
     * @param readReplicas the shards that follow the owner to serve stale reads
     */
    record TabletRoute(
            String keyspace,
            Bytes start,
            String shard,
            @Nullable MigrationRoute migration,
            List<ReadReplicaRoute> readReplicas)
            implements RoutingRecord {
        public TabletRoute {
            readReplicas = List.copyOf(readReplicas);
        }

        public TabletRoute(String keyspace, Bytes start, String shard, @Nullable MigrationRoute migration) {
            this(keyspace, start, shard, migration, List.of());
        }

        /** The tablet's read replica on a shard; null if there is none. */
        public @Nullable ReadReplicaRoute readReplicaOn(String name) {
            for (ReadReplicaRoute replica : readReplicas) {
                if (replica.shard().equals(name)) {
                    return replica;
                }
            }
            return null;
        }

        @Override
        public RoutingKey key() {
            return new RoutingKey.TabletKey(keyspace, start);
        }
    }

    /**
     * A read replica: {@code shard} follows the log of the tablet's owner, from its start, and answers {@code READONLY} reads with it.
     *
     * @param replica id; stands where a migration's id does in the records of the shard's log
     * @param attempt number of this replication; a new owner of the tablet is followed in a new one
     * @param maxStalenessMillis a read that could be older than this is sent to the owner instead
     */
    record ReadReplicaRoute(
            String replica, int attempt, ReadReplicaState state, String shard, int maxStalenessMillis) {}

    /**
     * A migration as the workers see it. While replicating, {@code replica} follows the log of the tablet's owner. In
     * CUTOVER, {@code replica} is the former owner, which fences, and the tablet's shard completes its import of that
     * shard's log. In CLEANUP, {@code replica} evicts its rows.
     *
     * @param attempt number of this replication within the migration; every change of direction or re-copy raises it
     * @param reverse whether the migration is going back (rollback)
     * @param base what the replica starts from
     * @param sourceFrom offset in the owner's log at which the replay starts
     * @param round verification round; 0 before the first
     * @param detailBuckets buckets of the digest for which VERIFYING lists single keys; empty otherwise
     * @param rowsPerSecond limit of the copy; 0 = none
     * @param copyTargetP99Millis what clients of either end may wait before the copy slows down; 0 = it never does
     * @param dualWriteTimeoutMillis how long the owner holds an acknowledgement for a replica that reports nothing
     * @param takeoverMillis how long the new owner waits for the former owner's fence before it writes the fence itself
     */
    record MigrationRoute(
            String migration,
            int attempt,
            Phase phase,
            boolean reverse,
            String replica,
            ImportBase base,
            long sourceFrom,
            int round,
            List<Integer> detailBuckets,
            boolean paused,
            int rowsPerSecond,
            int dualWriteTimeoutMillis,
            int takeoverMillis,
            int copyTargetP99Millis) {
        public MigrationRoute {
            detailBuckets = List.copyOf(detailBuckets);
        }

        public MigrationRoute(
                String migration,
                int attempt,
                Phase phase,
                boolean reverse,
                String replica,
                ImportBase base,
                long sourceFrom,
                int round,
                List<Integer> detailBuckets,
                boolean paused,
                int rowsPerSecond,
                int dualWriteTimeoutMillis,
                int takeoverMillis) {
            this(
                    migration,
                    attempt,
                    phase,
                    reverse,
                    replica,
                    base,
                    sourceFrom,
                    round,
                    detailBuckets,
                    paused,
                    rowsPerSecond,
                    dualWriteTimeoutMillis,
                    takeoverMillis,
                    0);
        }
    }
}
