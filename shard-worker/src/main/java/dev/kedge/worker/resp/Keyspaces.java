package dev.kedge.worker.resp;

import dev.kedge.model.Placement;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import org.jspecify.annotations.Nullable;

/** Which keyspace a connection means. */
final class Keyspaces {
    private static final String DEFAULT = "default";

    private Keyspaces() {}

    /** @param name null for the default */
    static KeyspaceRoute selected(RoutingMap map, @Nullable String name) {
        KeyspaceRoute keyspace = name == null ? standard(map) : map.keyspace(name);
        if (keyspace != null) {
            return keyspace;
        }
        throw new Refusal(
                name == null
                        ? "CLUSTERDOWN there is no default keyspace: create a HASH keyspace named 'default', or SELECT one by"
                                + " name"
                        : "CLUSTERDOWN the keyspace '" + name + "' is gone: SELECT another");
    }

    /** The HASH keyspace named {@code default}, else the only HASH keyspace; null if there is neither. */
    static @Nullable KeyspaceRoute standard(RoutingMap map) {
        KeyspaceRoute named = map.keyspace(DEFAULT);
        if (named != null && named.placement() == Placement.HASH) {
            return named;
        }
        KeyspaceRoute only = null;
        for (KeyspaceRoute each : map.keyspaces()) {
            if (each.placement() == Placement.HASH) {
                if (only != null) {
                    return null;
                }
                only = each;
            }
        }
        return only;
    }

    /** The keyspace CLUSTER speaks of: the selected one if it has slots, else the default one. */
    static @Nullable KeyspaceRoute slotted(RoutingMap map, @Nullable String name) {
        KeyspaceRoute keyspace = name == null ? null : map.keyspace(name);
        return keyspace != null && keyspace.placement() == Placement.HASH ? keyspace : standard(map);
    }
}
