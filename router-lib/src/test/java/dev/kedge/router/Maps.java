package dev.kedge.router;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;

/** Short ways to say routing records in tests. */
final class Maps {
    private Maps() {}

    static RoutingRecord keyspace(String name) {
        return new KeyspaceRoute(name, 1, Placement.RANGE);
    }

    static RoutingRecord worker(String name, int port) {
        return new WorkerRoute(name, "localhost", port);
    }

    static RoutingRecord shard(String name, String worker) {
        return new ShardRoute(name, worker, 1, "cell.shard." + name + ".g1", "id-of-" + name);
    }

    static RoutingRecord tablet(String keyspace, String start, String shard) {
        return new TabletRoute(keyspace, Bytes.utf8(start), shard, null);
    }

    static RoutingMap with(RoutingMap map, RoutingRecord... records) {
        RoutingMap.Builder builder = map.builder();
        long offset = map.version();
        for (RoutingRecord record : records) {
            builder.apply(++offset, record.key(), record);
        }
        return builder.build();
    }
}
