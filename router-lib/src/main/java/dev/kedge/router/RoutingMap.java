package dev.kedge.router;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The routing map as of one version: an immutable snapshot, safe to share between threads, looked up without locks.
 *
 * <p>Its version is the offset of the last record applied, so versions are compared, never counted.
 */
public final class RoutingMap {
    public static final RoutingMap EMPTY = new RoutingMap(-1, Map.of(), Map.of(), Map.of());

    private final long version;
    private final Map<String, Tablets> keyspaces;
    private final Map<String, WorkerRoute> workers;
    private final Map<String, ShardRoute> shards;

    private RoutingMap(
            long version,
            Map<String, Tablets> keyspaces,
            Map<String, WorkerRoute> workers,
            Map<String, ShardRoute> shards) {
        this.version = version;
        this.keyspaces = keyspaces;
        this.workers = workers;
        this.shards = shards;
    }

    /**
     * A tablet with both bounds.
     *
     * @param version offset of the routing record that made it what it is
     */
    public record Tablet(KeyspaceRoute keyspace, KeyRange range, long version, TabletRoute route) {
        public String shard() {
            return route.shard();
        }
    }

    /** One keyspace's tablets, sorted by start. */
    private record Tablets(@Nullable KeyspaceRoute keyspace, Bytes[] starts, TabletRoute[] routes, long[] versions) {
        static final Tablets NONE = new Tablets(null, new Bytes[0], new TabletRoute[0], new long[0]);

        @Nullable
        Tablet at(int index) {
            if (keyspace == null) {
                return null;
            }
            Bytes end = index + 1 < starts.length ? starts[index + 1] : null;
            return new Tablet(keyspace, new KeyRange(starts[index], end), versions[index], routes[index]);
        }

        int indexOf(Bytes position) {
            int found = Arrays.binarySearch(starts, position);
            return found >= 0 ? found : -found - 2;
        }
    }

    /** Offset of the last routing record applied; -1 for the empty map. */
    public long version() {
        return version;
    }

    public @Nullable KeyspaceRoute keyspace(String name) {
        Tablets tablets = keyspaces.get(name);
        return tablets == null ? null : tablets.keyspace;
    }

    public List<KeyspaceRoute> keyspaces() {
        List<KeyspaceRoute> all = new ArrayList<>();
        for (Tablets tablets : keyspaces.values()) {
            if (tablets.keyspace != null) {
                all.add(tablets.keyspace);
            }
        }
        return all;
    }

    public @Nullable WorkerRoute worker(String name) {
        return workers.get(name);
    }

    public Collection<WorkerRoute> workers() {
        return workers.values();
    }

    public @Nullable ShardRoute shard(String name) {
        return shards.get(name);
    }

    public Collection<ShardRoute> shards() {
        return shards.values();
    }

    /** Where clients reach a shard; null while its worker is unknown. */
    public @Nullable WorkerRoute endpoint(String shard) {
        ShardRoute route = shards.get(shard);
        return route == null ? null : workers.get(route.worker());
    }

    /** The tablet that holds a position; null if the keyspace is unknown. */
    public @Nullable Tablet route(String keyspace, Bytes position) {
        Tablets tablets = keyspaces.get(keyspace);
        if (tablets == null) {
            return null;
        }
        int index = tablets.indexOf(position);
        return index < 0 ? null : tablets.at(index);
    }

    /** All tablets of a keyspace in order; empty if it is unknown. */
    public List<Tablet> tablets(String keyspace) {
        Tablets tablets = keyspaces.getOrDefault(keyspace, Tablets.NONE);
        List<Tablet> all = new ArrayList<>(tablets.starts.length);
        for (int i = 0; i < tablets.starts.length; i++) {
            Tablet tablet = tablets.at(i);
            if (tablet != null) {
                all.add(tablet);
            }
        }
        return all;
    }

    /** This map with one more record; {@code record} null removes what {@code key} names. */
    public RoutingMap with(long offset, RoutingKey key, @Nullable RoutingRecord record) {
        return builder().apply(offset, key, record).build();
    }

    public Builder builder() {
        return new Builder(this);
    }

    /** Applies many records before the next snapshot is made. Not thread-safe. */
    public static final class Builder {
        private record Versioned(TabletRoute route, long version) {}

        private long version;
        private final Map<String, Tablets> keyspaces;
        private final Map<String, TreeMap<Bytes, Versioned>> changed = new HashMap<>();
        private final Map<String, @Nullable KeyspaceRoute> changedKeyspaces = new HashMap<>();
        private final Map<String, WorkerRoute> workers;
        private final Map<String, ShardRoute> shards;

        private Builder(RoutingMap from) {
            version = from.version;
            keyspaces = new TreeMap<>(from.keyspaces);
            workers = new TreeMap<>(from.workers);
            shards = new TreeMap<>(from.shards);
        }

        /** @throws IllegalArgumentException if the key and the record do not belong together */
        public Builder apply(long offset, RoutingKey key, @Nullable RoutingRecord record) {
            if (offset <= version) {
                return this; // a record read again after a reconnect
            }
            if (record != null && !record.key().equals(key)) {
                throw new IllegalArgumentException("routing record " + record + " stands under the key " + key);
            }
            if (key instanceof RoutingKey.TabletKey t) {
                TreeMap<Bytes, Versioned> tablets = changed.computeIfAbsent(t.keyspace(), this::open);
                if (record == null) {
                    tablets.remove(t.start());
                } else {
                    tablets.put(t.start(), new Versioned((TabletRoute) record, offset));
                }
            } else if (key instanceof RoutingKey.KeyspaceKey k) {
                changedKeyspaces.put(k.keyspace(), (KeyspaceRoute) record);
            } else if (key instanceof RoutingKey.WorkerKey w) {
                put(workers, w.worker(), (WorkerRoute) record);
            } else if (key instanceof RoutingKey.ShardKey s) {
                put(shards, s.shard(), (ShardRoute) record);
            }
            version = offset;
            return this;
        }

        /**
         * Everything below and at {@code offset} is known, though compaction may have removed the record that stood there: the version
         * is at least this.
         */
        Builder seen(long offset) {
            version = Math.max(version, offset);
            return this;
        }

        public RoutingMap build() {
            changed.forEach((name, tablets) -> {
                Bytes[] starts = tablets.keySet().toArray(new Bytes[0]);
                TabletRoute[] routes = new TabletRoute[starts.length];
                long[] versions = new long[starts.length];
                int i = 0;
                for (Versioned v : tablets.values()) {
                    routes[i] = v.route;
                    versions[i++] = v.version;
                }
                keyspaces.put(
                        name,
                        new Tablets(keyspaces.getOrDefault(name, Tablets.NONE).keyspace, starts, routes, versions));
            });
            changedKeyspaces.forEach((name, route) -> {
                Tablets old = keyspaces.getOrDefault(name, Tablets.NONE);
                if (route == null && old.starts.length == 0) {
                    keyspaces.remove(name);
                } else {
                    keyspaces.put(name, new Tablets(route, old.starts, old.routes, old.versions));
                }
            });
            changed.clear();
            changedKeyspaces.clear();
            return new RoutingMap(version, new TreeMap<>(keyspaces), Map.copyOf(workers), Map.copyOf(shards));
        }

        private TreeMap<Bytes, Versioned> open(String keyspace) {
            Tablets old = keyspaces.getOrDefault(keyspace, Tablets.NONE);
            TreeMap<Bytes, Versioned> tablets = new TreeMap<>();
            for (int i = 0; i < old.starts.length; i++) {
                tablets.put(old.starts[i], new Versioned(old.routes[i], old.versions[i]));
            }
            return tablets;
        }

        private static <T> void put(Map<String, T> map, String key, @Nullable T value) {
            if (value == null) {
                map.remove(key);
            } else {
                map.put(key, value);
            }
        }
    }
}
