package dev.kedge.orchestrator.model;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The fold: state and event in, state out (I8). Pure; sees no configuration and no clock, so an audit or a read model gets the very same
 * states.
 */
public final class Evolution {
    /** The {@code topic} of causes that are commands. */
    public static final String COMMANDS = "commands";

    private Evolution() {}

    /**
     * The state after one more event.
     *
     * @throws ImpossibleHistoryException if the event can't follow what happened before; the history is never skipped over
     */
    public static CellState evolve(CellState state, EventEnvelope envelope) {
        if (envelope.sequence() != state.nextSequence()) {
            throw new ImpossibleHistoryException(
                    "event " + envelope.sequence() + " stands where event " + state.nextSequence() + " is expected");
        }
        CellState next;
        try {
            next = apply(state, envelope.event(), envelope.timeMillis());
        } catch (ImpossibleHistoryException e) {
            throw new ImpossibleHistoryException("event " + envelope.sequence() + " is impossible: " + e.getMessage());
        }
        long command = envelope.cause().topic().equals(COMMANDS)
                ? Math.max(state.lastCommand(), envelope.cause().offset())
                : state.lastCommand();
        return next.after(envelope.sequence(), command);
    }

    private static CellState apply(CellState state, Event event, long timeMillis) {
        return switch (event) {
            case Event.CommandRejected e -> state;
            case Event.CommandHadNoEffect e -> state;
            case Event.WorkerJoined e ->
                state.with(Worker.joined(state.worker(e.worker()), e.worker(), e.incarnation(), e.host(), e.port()));
            case Event.WorkerLost e -> {
                Worker worker = worker(state, e, e.worker());
                expect(!worker.lost(), e, "it is lost already");
                yield state.with(worker.asLost());
            }
            case Event.WorkersSilent e -> state;
            case Event.FailoverDelayed e -> {
                expect(state.shard(e.shard()) != null, e, "the shard is unknown");
                yield state;
            }
            case Event.WorkerDrainStarted e -> {
                Worker worker = worker(state, e, e.worker());
                expect(worker.isInUse(), e, "it is not in use");
                yield state.with(worker.in(new Worker.Draining(e.drain(), e.options(), 0, 0)));
            }
            case Event.WorkerDrained e -> {
                Worker worker = worker(state, e, e.worker());
                expect(worker.service() instanceof Worker.Draining, e, "it is not being drained");
                yield state.with(worker.in(new Worker.Drained()));
            }
            case Event.WorkerUndrained e -> {
                Worker worker = worker(state, e, e.worker());
                expect(!worker.isInUse(), e, "it is in use");
                yield state.with(worker.in(new Worker.InUse()));
            }
            case Event.KeyspaceCreated e -> keyspaceCreated(state, e);
            case Event.ShardAdded e -> {
                expect(state.shard(e.shard()) == null, e, "the shard exists");
                yield state.with(new Shard.Requested(e.shard(), e.worker(), e.logTopic()));
            }
            case Event.ShardLogCreated e -> {
                if (!(state.shard(e.shard()) instanceof Shard.Requested shard)) {
                    throw impossible(e, "the shard is not waiting for its log");
                }
                yield state.with(new Shard.LogCreated(shard.name(), shard.worker(), shard.logTopic(), e.logTopicId()));
            }
            case Event.ShardAssigned e -> shardAssigned(state, e);
            case Event.TabletSplit e -> tabletSplit(state, e, timeMillis);
            case Event.TabletsMerged e -> tabletsMerged(state, e, timeMillis);
            case Event.PolicySet e -> {
                String keyspace = e.keyspace();
                expect(keyspace == null || state.keyspace(keyspace) != null, e, "the keyspace is unknown");
                yield state.with(state.steering().with(e));
            }
            case Event.OfProposal e -> state.with(state.steering().with(e, timeMillis));
            case Event.PolicyRefused e -> state.with(state.steering().with(e, timeMillis));
            case Event.PolicyRefusalLifted e -> state.with(state.steering().with(e));
            case Event.MigrationPlanned e -> MigrationEvolution.planned(state, e);
            case Event.OfReadReplica e -> ReadReplicaEvolution.evolve(state, e);
            case Event.OfMigration e -> drained(state, MigrationEvolution.evolve(state, e, timeMillis), e, timeMillis);
        };
    }

    /** A drain notes how its moves end: one that fails is not tried again at once. */
    private static CellState drained(CellState before, CellState after, Event.OfMigration e, long timeMillis) {
        Migration migration = after.migration(e.migration());
        if (migration == null || !migration.isTerminal()) {
            return after;
        }
        Shard from = before.shard(migration.plan().from());
        Worker worker = from == null ? null : before.worker(from.worker());
        if (worker == null || !(worker.service() instanceof Worker.Draining d)) {
            return after;
        }
        boolean failed = migration.state() instanceof MigrationState.Aborted;
        return after.with(worker.in(
                failed
                        ? new Worker.Draining(d.drain(), d.options(), d.aborted() + 1, timeMillis)
                        : new Worker.Draining(d.drain(), d.options(), 0, 0)));
    }

    private static Worker worker(CellState state, Event e, String name) {
        Worker worker = state.worker(name);
        if (worker == null) {
            throw impossible(e, "the worker is unknown");
        }
        return worker;
    }

    private static CellState keyspaceCreated(CellState state, Event.KeyspaceCreated e) {
        expect(state.keyspace(e.keyspace()) == null, e, "the keyspace exists");
        expect(e.id() == state.nextKeyspaceId(), e, "its id should be " + state.nextKeyspaceId());
        expect(!e.tablets().isEmpty() && e.tablets().get(0).start().length() == 0, e, "no tablet at the start");
        PersistentMap<Bytes, Tablet> tablets = PersistentMap.empty();
        Bytes last = null;
        for (InitialTablet tablet : e.tablets()) {
            expect(last == null || last.compareTo(tablet.start()) < 0, e, "its tablets are not in order");
            expect(state.shard(tablet.shard()) != null, e, "the shard " + tablet.shard() + " is unknown");
            tablets = tablets.put(tablet.start(), Tablet.of(tablet.shard()));
            last = tablet.start();
        }
        return state.with(new Keyspace(e.keyspace(), e.id(), e.placement(), tablets));
    }

    private static CellState shardAssigned(CellState state, Event.ShardAssigned e) {
        Shard assigned = switch (state.shard(e.shard())) {
            case Shard.LogCreated s ->
                new Shard.Assigned(s.name(), e.worker(), s.logTopic(), s.logTopicId(), e.epoch());
            case Shard.Assigned s -> {
                expect(e.epoch() > s.epoch(), e, "the epoch does not rise");
                yield new Shard.Assigned(s.name(), e.worker(), s.logTopic(), s.logTopicId(), e.epoch());
            }
            case Shard.Requested s -> throw impossible(e, "the shard has no log");
            case null -> throw impossible(e, "the shard is unknown");
        };
        return state.with(assigned);
    }

    private static CellState tabletSplit(CellState state, Event.TabletSplit e, long timeMillis) {
        Keyspace keyspace = keyspace(state, e, e.keyspace());
        Tablet tablet = atRest(keyspace, e, e.start());
        Bytes end = keyspace.endOf(e.start());
        expect(e.start().compareTo(e.at()) < 0 && (end == null || e.at().compareTo(end) < 0), e, "not inside");
        return state.with(keyspace.with(e.start(), tablet.bounded(tablet.cutBy(), timeMillis))
                .with(e.at(), tablet.bounded(e.proposal(), timeMillis)));
    }

    private static CellState tabletsMerged(CellState state, Event.TabletsMerged e, long timeMillis) {
        Keyspace keyspace = keyspace(state, e, e.keyspace());
        Tablet left = atRest(keyspace, e, e.start());
        Tablet right = atRest(keyspace, e, e.at());
        expect(Objects.equals(keyspace.endOf(e.start()), e.at()), e, "the tablets are not adjacent");
        expect(left.shard().equals(right.shard()), e, "the tablets have different owners");
        return state.with(
                keyspace.with(keyspace.tablets().remove(e.at())).with(e.start(), left.joined(right, timeMillis)));
    }

    /** R8: the bounds of a tablet in a migration, or with read replicas, stand still. */
    private static Tablet atRest(Keyspace keyspace, Event e, Bytes start) {
        Tablet tablet = keyspace.tablets().get(start);
        if (tablet == null) {
            throw impossible(e, "no tablet starts at " + start);
        }
        expectAtRest(tablet, e, start);
        return tablet;
    }

    private static void expectAtRest(Tablet tablet, Event e, Bytes start) {
        expect(tablet.migration() == null, e, "the tablet at " + start + " is in migration " + tablet.migration());
        expect(tablet.readReplicas().isEmpty(), e, "the tablet at " + start + " has read replicas");
    }

    static Keyspace keyspace(CellState state, Event e, String name) {
        Keyspace keyspace = state.keyspace(name);
        if (keyspace == null) {
            throw impossible(e, "the keyspace is unknown");
        }
        return keyspace;
    }

    static void expect(boolean holds, Event event, String otherwise) {
        if (!holds) {
            throw impossible(event, otherwise);
        }
    }

    static ImpossibleHistoryException impossible(Event event, @Nullable String why) {
        return new ImpossibleHistoryException(event + ": " + why);
    }
}
