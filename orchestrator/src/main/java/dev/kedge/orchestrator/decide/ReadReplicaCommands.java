package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Keyspace.Placed;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import org.jspecify.annotations.Nullable;

/** Commands that add and remove read replicas. */
final class ReadReplicaCommands {
    private final ControlPlaneSettings settings;

    ReadReplicaCommands(ControlPlaneSettings settings) {
        this.settings = settings;
    }

    void add(Draft draft, Command.AddReadReplica c, String id) {
        Keyspace keyspace = Names.keyspace(draft, c.keyspace());
        Placed tablet = tablet(keyspace, c.start());
        String asked = Bounds.show(keyspace.placement(), tablet.range());
        CellCommands.requireAssigned(draft, c.shard());
        checkStaleness(c.maxStalenessMillis());
        if (tablet.tablet().shard().equals(c.shard())) {
            throw new Refusal(
                    Rejection.SAME_SHARD,
                    "the tablet " + asked + " is owned by " + c.shard()
                            + ", which needs no replica of it; name another shard");
        }
        ReadReplica there = on(draft, tablet, c.shard());
        if (there != null && there.state() != ReadReplicaState.LEAVING) {
            addAgain(draft, there, c, asked);
            return;
        }
        if (there != null) {
            throw new Refusal(
                    Rejection.READ_REPLICA_LEAVING,
                    "the read replica " + there.id() + " of " + asked + " on " + c.shard()
                            + " is still removing its rows; try again in a moment");
        }
        requireAtRest(asked, tablet);
        if (tablet.tablet().readReplicas().size() >= settings.maxReadReplicasPerTablet()) {
            throw new Refusal(
                    Rejection.TOO_MANY_READ_REPLICAS,
                    "the tablet " + asked + " has "
                            + tablet.tablet().readReplicas().size()
                            + " read replicas, which is the limit; remove one first");
        }
        draft.emit(new Event.ReadReplicaAdded(
                id, c.keyspace(), tablet.range().start(), c.shard(), c.maxStalenessMillis()));
    }

    private static void addAgain(Draft draft, ReadReplica there, Command.AddReadReplica c, String asked) {
        if (there.maxStalenessMillis() != c.maxStalenessMillis()) {
            throw new Refusal(
                    Rejection.READ_REPLICA_EXISTS,
                    c.shard() + " follows " + asked + " already, as " + there.id() + " with a staleness of up to "
                            + there.maxStalenessMillis() + " ms, not " + c.maxStalenessMillis()
                            + "; remove it first to change that");
        }
        draft.emit(new Event.CommandHadNoEffect(
                c.shard() + " follows " + asked + " already, as read replica " + there.id()));
    }

    /** A migration names its two shards when it is planned; a third party that comes and goes meanwhile would only be in its way. */
    private static void requireAtRest(String asked, Placed tablet) {
        if (tablet.tablet().migration() != null) {
            throw new Refusal(
                    Rejection.TABLET_IN_MIGRATION,
                    "the tablet " + asked + " is in migration "
                            + tablet.tablet().migration()
                            + "; add the read replica when that is over, or finish its rollback window");
        }
    }

    private void checkStaleness(int maxStalenessMillis) {
        if (maxStalenessMillis < settings.minStalenessMillis() || maxStalenessMillis > settings.maxStalenessMillis()) {
            throw new Refusal(
                    Rejection.BAD_OPTION,
                    "max staleness of " + maxStalenessMillis + " ms can't be: give " + settings.minStalenessMillis()
                            + " to " + settings.maxStalenessMillis() + " ms; an idle owner's log moves only every "
                            + "third of its lease, and compaction must not overtake the replica");
        }
    }

    void remove(Draft draft, Command.RemoveReadReplica c) {
        Keyspace keyspace = Names.keyspace(draft, c.keyspace());
        Placed tablet = tablet(keyspace, c.start());
        Names.shard(draft, c.shard());
        ReadReplica there = on(draft, tablet, c.shard());
        if (there == null) {
            throw new Refusal(
                    Rejection.NO_READ_REPLICA,
                    c.shard() + " has no read replica of " + Bounds.show(keyspace.placement(), tablet.range())
                            + "; kedge replica list shows which there are");
        }
        if (there.state() == ReadReplicaState.LEAVING) {
            draft.emit(new Event.CommandHadNoEffect("the read replica " + there.id() + " is leaving already"));
            return;
        }
        if (draft.state().isSwitching(tablet.tablet())) {
            throw new Refusal(
                    Rejection.TABLET_IN_MIGRATION,
                    "the tablet " + Bounds.show(keyspace.placement(), tablet.range())
                            + " is being cut over by migration "
                            + tablet.tablet().migration() + "; try again in a moment");
        }
        draft.emit(new Event.ReadReplicaLeaving(there.id(), "asked to"));
    }

    private Placed tablet(Keyspace keyspace, Bytes start) {
        Placement placement = keyspace.placement();
        Bytes at = Bounds.start(placement, start, settings);
        Placed tablet = keyspace.tabletAt(at);
        if (!tablet.range().start().equals(at)) {
            throw new Refusal(
                    Rejection.UNKNOWN_BOUND,
                    "no tablet of " + keyspace.name() + " starts at " + Bounds.show(placement, at)
                            + ": that lies inside " + Bounds.show(placement, tablet.range())
                            + "; kedge tablet list shows the bounds");
        }
        return tablet;
    }

    private static @Nullable ReadReplica on(Draft draft, Placed tablet, String shard) {
        for (String id : tablet.tablet().readReplicas()) {
            ReadReplica replica = draft.state().readReplicas().get(id);
            if (replica != null && replica.shard().equals(shard)) {
                return replica;
            }
        }
        return null;
    }

    /** R8: what would move a bound of a tablet with read replicas, or put its owner where one of them is. */
    static void requireMovable(Draft draft, Keyspace keyspace, KeyRange range, String to) {
        Placement placement = keyspace.placement();
        for (Placed tablet : keyspace.tabletsIn(range)) {
            if (!tablet.range().equals(range)) {
                requireNone(placement, tablet, "migrate " + Bounds.show(placement, range));
            }
        }
        if (draft.state().isReadReplica(to, keyspace, range)) {
            throw new Refusal(
                    Rejection.HOLDS_READ_REPLICA,
                    to + " holds a read replica of " + Bounds.show(placement, range)
                            + ", whose rows would be in the way; remove it first with kedge replica remove, or "
                            + "choose another destination");
        }
    }

    static void requireNone(Placement placement, Placed tablet, String asked) {
        if (!tablet.tablet().readReplicas().isEmpty()) {
            throw new Refusal(
                    Rejection.TABLET_HAS_READ_REPLICAS,
                    "can't " + asked + ": the tablet " + Bounds.show(placement, tablet.range())
                            + " has the read replicas "
                            + String.join(", ", tablet.tablet().readReplicas())
                            + ", whose bounds must stand still; remove them first with kedge replica remove, or move the "
                            + "whole tablet");
        }
    }
}
