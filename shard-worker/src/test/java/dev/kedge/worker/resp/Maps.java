package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.List;

/** Routing maps for tests, made record by record. */
final class Maps {
    private RoutingMap map = RoutingMap.EMPTY;

    static Maps empty() {
        return new Maps();
    }

    static Maps of(RoutingMap map) {
        Maps maps = new Maps();
        maps.map = map;
        return maps;
    }

    Maps keyspace(String name, int id, Placement placement) {
        return with(new KeyspaceRoute(name, id, placement));
    }

    Maps worker(String name, int port) {
        return with(new WorkerRoute(name, "127.0.0.1", port));
    }

    Maps shard(String name, String worker) {
        return with(new ShardRoute(name, worker, 1, "log." + name, "topic-id"));
    }

    /** A tablet of the keyspace {@code default} from a slot on. */
    Maps slots(int from, String shard) {
        return tablet("default", from == 0 ? Bytes.EMPTY : Slots.bound(from), shard, null);
    }

    Maps migrating(int from, String shard, String replica, Phase phase) {
        return tablet("default", from == 0 ? Bytes.EMPTY : Slots.bound(from), shard, migration(replica, phase));
    }

    Maps tablet(String keyspace, Bytes start, String shard, MigrationRoute migration) {
        return with(new TabletRoute(keyspace, start, shard, migration));
    }

    static MigrationRoute migration(String replica, Phase phase) {
        return new MigrationRoute(
                "m-1", 1, phase, false, replica, ImportBase.FRESH, 0, 0, List.of(), false, 0, 1000, 1000);
    }

    Maps with(RoutingRecord record) {
        map = map.with(map.version() + 1, record.key(), record);
        return this;
    }

    Maps without(String keyspace) {
        map = map.with(map.version() + 1, new RoutingKey.KeyspaceKey(keyspace), null);
        return this;
    }

    RoutingMap build() {
        return map;
    }
}
