package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.event.Event;
import dev.kedge.topics.Cell;
import java.util.ArrayList;
import java.util.List;

/** Commands that add keyspaces and shards. */
final class CellCommands {
    private final ControlPlaneSettings settings;

    CellCommands(ControlPlaneSettings settings) {
        this.settings = settings;
    }

    void createKeyspace(Draft draft, Command.CreateKeyspace c) {
        requireName("keyspace", c.keyspace());
        List<InitialTablet> tablets = tablets(draft, c);
        Keyspace known = draft.state().keyspace(c.keyspace());
        if (known != null) {
            if (known.placement() == c.placement() && tabletsOf(known).equals(tablets)) {
                draft.emit(new Event.CommandHadNoEffect(
                        "the keyspace " + c.keyspace() + " is there already, just like that"));
                return;
            }
            throw new Refusal(
                    Rejection.KEYSPACE_EXISTS,
                    "there is a keyspace " + c.keyspace() + " (" + known.placement() + ", "
                            + known.tablets().size()
                            + " tablets) already; choose another name, or move its tablets with migrations");
        }
        draft.emit(new Event.KeyspaceCreated(c.keyspace(), draft.state().nextKeyspaceId(), c.placement(), tablets));
    }

    private List<InitialTablet> tablets(Draft draft, Command.CreateKeyspace c) {
        Placement placement = c.placement();
        if (c.tablets().isEmpty()) {
            throw new Refusal(
                    Rejection.BAD_TABLETS,
                    "the keyspace " + c.keyspace() + " would have no tablet; name the shards it is to start on");
        }
        if (c.tablets().size() > settings.maxTabletsPerKeyspace()) {
            throw new Refusal(
                    Rejection.TOO_MANY_TABLETS,
                    "the keyspace " + c.keyspace() + " would begin with "
                            + c.tablets().size() + " tablets; a keyspace has at most "
                            + settings.maxTabletsPerKeyspace());
        }
        List<InitialTablet> tablets = new ArrayList<>();
        Bytes last = null;
        for (InitialTablet tablet : c.tablets()) {
            Bytes start = Bounds.start(placement, tablet.start(), settings);
            if (last == null && start.length() != 0) {
                throw new Refusal(
                        Rejection.BAD_TABLETS,
                        "the first tablet starts at " + Bounds.show(placement, start)
                                + ", so the positions before it would have no owner; let it start at the start (empty)");
            }
            if (last != null && last.compareTo(start) >= 0) {
                throw new Refusal(
                        Rejection.BAD_TABLETS,
                        "the tablet at " + Bounds.show(placement, start) + " stands after the one at "
                                + Bounds.show(placement, last) + "; list tablets by strictly ascending starts");
            }
            requireAssigned(draft, tablet.shard());
            tablets.add(new InitialTablet(start, tablet.shard()));
            last = start;
        }
        return tablets;
    }

    private static List<InitialTablet> tabletsOf(Keyspace keyspace) {
        List<InitialTablet> tablets = new ArrayList<>();
        keyspace.tablets()
                .forEach(e ->
                        tablets.add(new InitialTablet(e.getKey(), e.getValue().shard())));
        return tablets;
    }

    void addShard(Draft draft, Command.AddShard c) {
        requireName("shard", c.shard());
        Shard known = draft.state().shard(c.shard());
        if (known != null) {
            if (known.worker().equals(c.worker())) {
                draft.emit(
                        new Event.CommandHadNoEffect("the shard " + c.shard() + " is on " + c.worker() + " already"));
                return;
            }
            throw new Refusal(
                    Rejection.SHARD_EXISTS,
                    "there is a shard " + c.shard() + " already, on worker " + known.worker() + ", not " + c.worker()
                            + "; choose another name");
        }
        if (draft.state().worker(c.worker()) == null) {
            throw new Refusal(
                    Rejection.UNKNOWN_WORKER,
                    "no worker " + c.worker() + " has ever reported"
                            + Names.known("worker", draft.state().workers()) + "; start it first: kedge worker --id "
                            + c.worker());
        }
        Names.requireInUse(draft, c.worker());
        draft.emit(new Event.ShardAdded(c.shard(), c.worker(), new Cell(settings.cell()).shardLog(c.shard())));
    }

    static void requireAssigned(Draft draft, String shard) {
        switch (Names.shard(draft, shard)) {
            case Shard.Assigned a -> Names.requireInUse(draft, a.worker());
            case Shard.Requested r -> throw notReady(shard);
            case Shard.LogCreated l -> throw notReady(shard);
        }
    }

    private static Refusal notReady(String shard) {
        return new Refusal(
                Rejection.SHARD_NOT_READY, "the log of shard " + shard + " is being made; try again in a moment");
    }

    /** Shards are parts of topic names, keyspaces of routing keys; one rule for both. */
    private static void requireName(String what, String name) {
        try {
            dev.kedge.topics.Names.require(what, name);
        } catch (IllegalArgumentException e) {
            throw new Refusal(Rejection.BAD_NAME, String.valueOf(e.getMessage()));
        }
    }
}
