package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Keyspace.Placed;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import org.jspecify.annotations.Nullable;

/** Splits and merges in place: metadata only, all positions keep their owner. */
final class TabletCommands {
    private final ControlPlaneSettings settings;

    TabletCommands(ControlPlaneSettings settings) {
        this.settings = settings;
    }

    void split(Draft draft, Command.SplitTablet c) {
        Keyspace keyspace = Names.keyspace(draft, c.keyspace());
        Placement placement = keyspace.placement();
        Bytes at = Bounds.start(placement, c.at(), settings);
        if (keyspace.tablets().containsKey(at)) {
            throw new Refusal(
                    Rejection.SPLIT_AT_BOUND,
                    "a tablet of " + c.keyspace() + " starts at " + Bounds.show(placement, at)
                            + " already; split at a position inside a tablet");
        }
        Placed tablet = keyspace.tabletAt(at);
        String asked = "split at " + Bounds.show(placement, at);
        requireAtRest(placement, tablet, asked);
        ReadReplicaCommands.requireNone(placement, tablet, asked);
        splitAt(draft, keyspace, at);
    }

    /** Splits the tablet at rest that holds {@code at}; nothing to do where one starts already. */
    void splitAt(Draft draft, Keyspace keyspace, Bytes at) {
        splitAt(draft, keyspace, at, null);
    }

    /** @param proposal what asked for it; null if a command did */
    void splitAt(Draft draft, Keyspace keyspace, Bytes at, @Nullable String proposal) {
        if (keyspace.tablets().containsKey(at)) {
            return;
        }
        if (keyspace.tablets().size() >= settings.maxTabletsPerKeyspace()) {
            throw new Refusal(
                    Rejection.TOO_MANY_TABLETS,
                    "the keyspace " + keyspace.name() + " has "
                            + keyspace.tablets().size() + " tablets, which is the limit; merge some first");
        }
        draft.emit(new Event.TabletSplit(
                keyspace.name(), keyspace.tabletAt(at).range().start(), at, proposal));
    }

    void merge(Draft draft, Command.MergeTablets c) {
        Keyspace keyspace = Names.keyspace(draft, c.keyspace());
        Placement placement = keyspace.placement();
        Bytes at = Bounds.start(placement, c.at(), settings);
        if (at.length() == 0) {
            throw new Refusal(
                    Rejection.FIRST_TABLET,
                    "the first tablet of " + c.keyspace()
                            + " has none before it to join; name the start of a later one");
        }
        Placed right = keyspace.tabletAt(at);
        if (!right.range().start().equals(at)) {
            throw new Refusal(
                    Rejection.UNKNOWN_BOUND,
                    "no tablet of " + c.keyspace() + " starts at " + Bounds.show(placement, at) + ": that lies inside "
                            + Bounds.show(placement, right.range()) + "; kedge tablet list shows the bounds");
        }
        var entry = keyspace.tablets().lower(at);
        if (entry == null) {
            throw new IllegalStateException("keyspace " + c.keyspace() + " has no first tablet");
        }
        Placed left = keyspace.tabletAt(entry.getKey());
        String asked = "remove the bound " + Bounds.show(placement, at);
        requireAtRest(placement, left, asked);
        requireAtRest(placement, right, asked);
        ReadReplicaCommands.requireNone(placement, left, asked);
        ReadReplicaCommands.requireNone(placement, right, asked);
        if (!left.tablet().shard().equals(right.tablet().shard())) {
            throw new Refusal(
                    Rejection.DIFFERENT_OWNERS,
                    Bounds.show(placement, left.range()) + " is on "
                            + left.tablet().shard() + " and "
                            + Bounds.show(placement, right.range()) + " on "
                            + right.tablet().shard()
                            + "; migrate one to the other's shard first");
        }
        draft.emit(new Event.TabletsMerged(c.keyspace(), left.range().start(), at));
    }

    /** R8: bounds of a tablet in a migration stand still, also while its rollback window is open. */
    private static void requireAtRest(Placement placement, Placed tablet, String asked) {
        if (tablet.tablet().migration() != null) {
            throw new Refusal(
                    Rejection.TABLET_IN_MIGRATION,
                    "can't " + asked + ": the tablet " + Bounds.show(placement, tablet.range()) + " is in migration "
                            + tablet.tablet().migration()
                            + ", whose bounds must stand still; wait for its end, or finish its rollback window");
        }
    }
}
