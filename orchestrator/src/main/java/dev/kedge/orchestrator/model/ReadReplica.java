package dev.kedge.orchestrator.model;

import dev.kedge.model.Bytes;
import dev.kedge.model.ReadReplicaState;

/**
 * A shard that follows a tablet's owner to serve stale reads.
 *
 * @param start of the tablet, whose bounds stand still meanwhile (R8)
 * @param attempt rises when the tablet gets a new owner: the new one's log is followed from its start
 */
public record ReadReplica(
        String id,
        String keyspace,
        Bytes start,
        String shard,
        int attempt,
        ReadReplicaState state,
        int maxStalenessMillis) {

    ReadReplica in(ReadReplicaState next) {
        return new ReadReplica(id, keyspace, start, shard, attempt, next, maxStalenessMillis);
    }

    /** The tablet has a new owner. One that is leaving goes on leaving. */
    ReadReplica ofNewOwner() {
        return state == ReadReplicaState.LEAVING
                ? this
                : new ReadReplica(
                        id, keyspace, start, shard, attempt + 1, ReadReplicaState.COPYING, maxStalenessMillis);
    }
}
