package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which shard a request is for, as seen from one worker. */
final class Routes {
    static final String CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";

    private final String self;

    /** @param self this worker's name */
    Routes(String self) {
        this.self = self;
    }

    sealed interface Target {}

    /** A shard hosted here, which may still refuse: its engine is the judge, the routing map only a guide. */
    record Here(String shard, boolean replicaRead) implements Target {}

    /** @param error what to tell the client, MOVED mostly */
    record Elsewhere(String error) implements Target {}

    /**
     * @param replicaReads whether the request is a read of a client that accepts stale ones
     * @return one target for all positions
     */
    Target target(
            RoutingMap map, Set<String> hosted, KeyspaceRoute keyspace, List<Bytes> positions, boolean replicaReads) {
        Target first = target(map, hosted, keyspace, positions.getFirst(), replicaReads);
        if (positions.size() == 1) {
            return first;
        }
        String owner = owner(map, keyspace, positions.getFirst());
        Target common = first;
        for (Bytes position : positions.subList(1, positions.size())) {
            String another = owner(map, keyspace, position);
            if (another == null ? owner != null : !another.equals(owner)) {
                return new Elsewhere(CROSS_SLOT);
            }
            if (common instanceof Here) {
                Target target = target(map, hosted, keyspace, position, replicaReads);
                // One of the keys' tablets has a replica here, the other not: only the owner has them all.
                common = target.equals(common)
                        ? common
                        : new Elsewhere(moved(map, keyspace, position, String.valueOf(owner)));
            }
        }
        return common;
    }

    Target target(RoutingMap map, Set<String> hosted, KeyspaceRoute keyspace, Bytes position, boolean replicaReads) {
        RoutingMap.Tablet tablet = map.route(keyspace.keyspace(), position);
        if (tablet == null) {
            return new Elsewhere(
                    "CLUSTERDOWN no shard owns this key: the keyspace '" + keyspace.keyspace() + "' has no tablets");
        }
        if (isMine(map, hosted, tablet.shard())) {
            return new Here(tablet.shard(), false);
        }
        MigrationRoute migration = tablet.route().migration();
        if (migration != null && isMine(map, hosted, migration.replica())) {
            // The old owner may have sent the client here for a cutover this worker has not heard of yet: the engine
            // knows, or
            // holds the request until it does.
            if (migration.phase().isDualWriting()) {
                return new Here(migration.replica(), false);
            }
            if (replicaReads && migration.phase() == Phase.ROLLBACK_WINDOW) {
                return new Here(migration.replica(), true);
            }
        }
        if (replicaReads) {
            for (ReadReplicaRoute replica : tablet.route().readReplicas()) {
                if (isMine(map, hosted, replica.shard()) && replica.state() != ReadReplicaState.LEAVING) {
                    return new Here(replica.shard(), true); // which sends on what it could only answer too late
                }
            }
        }
        return new Elsewhere(moved(map, keyspace, position, tablet.shard()));
    }

    /** One that was given to another worker may still be here, closing: who asks for it is to ask there. */
    private boolean isMine(RoutingMap map, Set<String> hosted, String shard) {
        ShardRoute route = map.shard(shard);
        return hosted.contains(shard) && (route == null || route.worker().equals(self));
    }

    /** What to tell a client whose key is owned by a shard that is not hosted here. */
    String moved(RoutingMap map, KeyspaceRoute keyspace, Bytes position, String shard) {
        WorkerRoute endpoint = map.endpoint(shard);
        if (endpoint == null) {
            return "CLUSTERDOWN shard " + shard + ", which owns this key, runs on no known worker at the moment";
        }
        if (endpoint.worker().equals(self)) {
            return "TRYAGAIN shard " + shard + ", which owns this key, is about to open here";
        }
        int slot = keyspace.placement() == Placement.HASH ? Slots.slotOf(position) : 0;
        return "MOVED " + slot + " " + endpoint.host() + ":" + endpoint.port();
    }

    private static @Nullable String owner(RoutingMap map, KeyspaceRoute keyspace, Bytes position) {
        RoutingMap.Tablet tablet = map.route(keyspace.keyspace(), position);
        return tablet == null ? null : tablet.shard();
    }
}
