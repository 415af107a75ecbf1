package dev.kedge.orchestrator.model;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.Planned;
import dev.kedge.orchestrator.model.MigrationState.Terminal;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingKey.KeyspaceKey;
import dev.kedge.schemas.routing.RoutingKey.ShardKey;
import dev.kedge.schemas.routing.RoutingKey.TabletKey;
import dev.kedge.schemas.routing.RoutingKey.WorkerKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The routing records that follow from a state. What workers must do is all in them, so nothing else has to be sent, or sent again. */
public final class Projection {
    private Projection() {}

    /**
     * The records that {@code event} changes; at most a few, whatever the size of the cell (a new keyspace: one per tablet). A cutover is
     * one record (I6).
     */
    public static List<RoutingChange> changes(CellState before, Event event, CellState after) {
        List<RoutingChange> changes = new ArrayList<>();
        for (RoutingKey key : touched(before, after, event)) {
            RoutingRecord record = record(after, key);
            if (!Objects.equals(record(before, key), record)) {
                changes.add(new RoutingChange(key, record));
            }
        }
        return changes;
    }

    /** All records of a state: what a compacted routing topic holds. */
    public static List<RoutingRecord> all(CellState state) {
        List<RoutingKey> keys = new ArrayList<>();
        state.workers().keys().forEach(name -> keys.add(new WorkerKey(name)));
        state.shards().keys().forEach(name -> keys.add(new ShardKey(name)));
        for (Keyspace keyspace : state.keyspaces().values()) {
            keys.add(new KeyspaceKey(keyspace.name()));
            keyspace.tablets().keys().forEach(start -> keys.add(new TabletKey(keyspace.name(), start)));
        }
        List<RoutingRecord> records = new ArrayList<>(keys.size());
        for (RoutingKey key : keys) {
            RoutingRecord record = record(state, key);
            if (record != null) {
                records.add(record);
            }
        }
        return records;
    }

    private static List<RoutingKey> touched(CellState before, CellState after, Event event) {
        return switch (event) {
            case Event.CommandRejected e -> List.of();
            case Event.CommandHadNoEffect e -> List.of();
            case Event.WorkerJoined e -> List.of(new WorkerKey(e.worker()));
            // Where a worker listens stays known until it listens elsewhere; who hosts a shard is in the shard's
            // record.
            case Event.WorkerLost e -> List.of();
            case Event.WorkersSilent e -> List.of();
            case Event.FailoverDelayed e -> List.of();
            case Event.WorkerDrainStarted e -> List.of();
            case Event.WorkerDrained e -> List.of();
            case Event.WorkerUndrained e -> List.of();
            case Event.KeyspaceCreated e -> {
                List<RoutingKey> keys = new ArrayList<>();
                keys.add(new KeyspaceKey(e.keyspace()));
                // I1: from the last to the first. A reader may see part of a transaction, and a tablet reaches to the
                // next
                // start: in ascending order the first one would own everything for a moment, and claim it in its log.
                for (int i = e.tablets().size() - 1; i >= 0; i--) {
                    keys.add(new TabletKey(e.keyspace(), e.tablets().get(i).start()));
                }
                yield keys;
            }
            case Event.ShardAdded e -> List.of(new ShardKey(e.shard()));
            case Event.ShardLogCreated e -> List.of(new ShardKey(e.shard()));
            case Event.ShardAssigned e -> List.of(new ShardKey(e.shard()));
            case Event.TabletSplit e ->
                List.of(new TabletKey(e.keyspace(), e.start()), new TabletKey(e.keyspace(), e.at()));
            case Event.TabletsMerged e ->
                List.of(new TabletKey(e.keyspace(), e.start()), new TabletKey(e.keyspace(), e.at()));
            case Event.OfReadReplica e -> {
                ReadReplica replica = after.readReplicas().get(e.replica());
                ReadReplica known =
                        replica != null ? replica : before.readReplicas().get(e.replica());
                yield known == null ? List.of() : List.of(new TabletKey(known.keyspace(), known.start()));
            }
            case Event.PolicySet e -> List.of();
            case Event.OfProposal e -> List.of();
            case Event.PolicyRefused e -> List.of();
            case Event.PolicyRefusalLifted e -> List.of();
            case Event.OfMigration e -> {
                Migration migration = after.migration(e.migration());
                yield migration == null
                        ? List.of()
                        : List.of(new TabletKey(
                                migration.plan().keyspace(),
                                migration.plan().range().start()));
            }
        };
    }

    private static @Nullable RoutingRecord record(CellState state, RoutingKey key) {
        return switch (key) {
            case KeyspaceKey k -> {
                Keyspace keyspace = state.keyspace(k.keyspace());
                yield keyspace == null ? null : new KeyspaceRoute(keyspace.name(), keyspace.id(), keyspace.placement());
            }
            case WorkerKey w -> {
                Worker worker = state.worker(w.worker());
                yield worker == null ? null : new WorkerRoute(worker.name(), worker.host(), worker.port());
            }
            case ShardKey s ->
                switch (state.shard(s.shard())) {
                    case Shard.Assigned a ->
                        new ShardRoute(a.name(), a.worker(), a.epoch(), a.logTopic(), a.logTopicId());
                    case Shard.LogCreated l -> null;
                    case Shard.Requested r -> null;
                    case null -> null;
                };
            case TabletKey t -> tablet(state, t.keyspace(), t.start());
        };
    }

    private static @Nullable RoutingRecord tablet(CellState state, String name, Bytes start) {
        Keyspace keyspace = state.keyspace(name);
        Tablet tablet = keyspace == null ? null : keyspace.tablets().get(start);
        if (tablet == null) {
            return null;
        }
        Migration migration = tablet.migration() == null ? null : state.migration(tablet.migration());
        return new TabletRoute(
                name,
                start,
                tablet.shard(),
                migration == null ? null : route(migration),
                tablet.readReplicas().stream().map(id -> route(state, id)).toList());
    }

    private static ReadReplicaRoute route(CellState state, String id) {
        ReadReplica replica = state.readReplicas().get(id);
        if (replica == null) {
            throw new IllegalStateException("a tablet names the read replica " + id + ", which does not exist");
        }
        return new ReadReplicaRoute(
                replica.id(), replica.attempt(), replica.state(), replica.shard(), replica.maxStalenessMillis());
    }

    /** The limits are the copy's: whoever goes back wants to be back. */
    private static boolean isLimited(Leg leg) {
        return switch (leg) {
            case Leg.Forward f -> !f.effort().limitLifted();
            case Leg.Reverse r -> false;
        };
    }

    /** What the workers concerned must know of a migration; null while they have nothing to do with it. */
    static @Nullable MigrationRoute route(Migration migration) {
        return switch (migration.state()) {
            case Planned p -> null;
            case Terminal t -> null;
            case Active a -> {
                MigrationOptions options = migration.plan().options();
                yield new MigrationRoute(
                        migration.id(),
                        a.leg().attempt(),
                        a.phase(),
                        migration.isReturning(),
                        migration.replica(),
                        a.leg().base(),
                        a.leg().sourceFrom(),
                        a.round(),
                        a instanceof MigrationState.Verifying v ? v.detailBuckets() : List.of(),
                        migration.paused(),
                        isLimited(a.leg()) ? options.rowsPerSecond() : 0,
                        options.dualWriteTimeoutMillis(),
                        options.takeoverMillis(),
                        isLimited(a.leg()) ? options.copyTargetP99Millis() : 0);
            }
        };
    }
}
