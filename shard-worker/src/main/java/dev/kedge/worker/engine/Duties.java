package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.router.RoutingMap;
import dev.kedge.router.RoutingMap.Tablet;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.shard.ShardKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one routing map asks of one shard: the tablets it owns, and those it has a part in as a migration's other side. */
final class Duties {
    /**
     * One tablet that concerns the shard.
     *
     * @param migration the replication this shard has a part in; null if in none. A read replica's is its own
     * @param readReplica null unless the shard is a read replica of the tablet
     */
    record Duty(
            Span span,
            int keyspaceId,
            Tablet tablet,
            boolean owner,
            @Nullable MigrationRoute migration,
            @Nullable ReadReplicaRoute readReplica) {

        Phase phase() {
            MigrationRoute migration = migration();
            return migration == null ? Phase.COMPLETED : migration.phase();
        }

        /** Whether this shard gave the tablet up in a cutover that is under way. */
        boolean isFormerOwner() {
            return !owner && phase() == Phase.CUTOVER;
        }

        /** How old the answers may be that this shard gives to who accepts stale ones; 0 = it gives none. */
        long maxStalenessMillis(EngineSettings settings) {
            if (readReplica != null) {
                return readReplica.state() == ReadReplicaState.LEAVING ? 0 : readReplica.maxStalenessMillis();
            }
            return !owner && phase() == Phase.ROLLBACK_WINDOW ? settings.windowStalenessMillis() : 0;
        }

        /** Whether the replication is a copy under way that heeds clients, on whichever side of it this shard is. */
        boolean isPaced() {
            return migration != null
                    && migration.copyTargetP99Millis() > 0
                    && (phase() == Phase.COPYING || (phase() == Phase.CATCHING_UP && readReplica == null));
        }

        /** The owner's: read replicas that still copy. */
        List<ReadReplicaRoute> copyingReadReplicas() {
            return !owner
                    ? List.of()
                    : tablet.route().readReplicas().stream()
                            .filter(r -> r.state() == ReadReplicaState.COPYING)
                            .toList();
        }

        /** Whether this shard has to follow another shard's log for the tablet, up to its fence in a cutover. */
        boolean isReplicating() {
            return owner ? phase() == Phase.CUTOVER : phase().isReplicating();
        }
    }

    private final RoutingMap map;
    private final TreeMap<Bytes, Duty> bySpan = new TreeMap<>();
    private final Map<Integer, String> keyspaceNames = new HashMap<>();
    private final List<Duty> migrating = new ArrayList<>();
    private @Nullable Duty last;

    Duties(RoutingMap map, String shard) {
        this.map = map;
        for (KeyspaceRoute keyspace : map.keyspaces()) {
            keyspaceNames.put(keyspace.id(), keyspace.keyspace());
            for (Tablet tablet : map.tablets(keyspace.keyspace())) {
                MigrationRoute migration = tablet.route().migration();
                boolean owner = tablet.shard().equals(shard);
                ReadReplicaRoute readReplica = tablet.route().readReplicaOn(shard);
                if (owner || (migration != null && migration.replica().equals(shard))) {
                    add(new Duty(
                            Span.of(keyspace.id(), tablet.range()), keyspace.id(), tablet, owner, migration, null));
                } else if (readReplica != null) {
                    add(new Duty(
                            Span.of(keyspace.id(), tablet.range()),
                            keyspace.id(),
                            tablet,
                            false,
                            replication(readReplica),
                            readReplica));
                }
            }
        }
    }

    private void add(Duty duty) {
        bySpan.put(duty.span.from(), duty);
        if (duty.migration != null) {
            migrating.add(duty);
        }
    }

    /** To its shard a read replica is a migration that is never cut over: it copies, catches up for ever, and is cleaned up. */
    private static MigrationRoute replication(ReadReplicaRoute replica) {
        Phase phase = switch (replica.state()) {
            case COPYING -> Phase.COPYING;
            case FOLLOWING -> Phase.CATCHING_UP;
            case LEAVING -> Phase.CLEANUP;
        };
        return new MigrationRoute(
                replica.replica(),
                replica.attempt(),
                phase,
                false,
                replica.shard(),
                ImportBase.FRESH,
                0,
                0,
                List.of(),
                false,
                0,
                0,
                0,
                MigrationOptions.DEFAULT_COPY_TARGET_P99_MILLIS);
    }

    RoutingMap map() {
        return map;
    }

    Iterable<Duty> all() {
        return bySpan.values();
    }

    List<Duty> migrating() {
        return migrating;
    }

    @Nullable
    Duty at(Bytes key) {
        Duty cached = last;
        if (cached != null && cached.span.contains(key)) {
            return cached;
        }
        Map.Entry<Bytes, Duty> floor = bySpan.floorEntry(key);
        if (floor == null || !floor.getValue().span.contains(key)) {
            return null;
        }
        last = floor.getValue();
        return floor.getValue();
    }

    /** The duty of a migration; null if the map has none for this shard. */
    @Nullable
    Duty of(String migration) {
        for (Duty duty : migrating) {
            MigrationRoute route = duty.migration();
            if (route != null && route.migration().equals(migration)) {
                return duty;
            }
        }
        return null;
    }

    /** The shard that owns a data key by the map; null if none. */
    @Nullable
    String ownerOf(Bytes key) {
        String keyspace = keyspaceNames.get(ShardKeys.keyspaceId(key));
        Tablet tablet = keyspace == null ? null : map.route(keyspace, ShardKeys.position(key));
        return tablet == null ? null : tablet.shard();
    }
}
