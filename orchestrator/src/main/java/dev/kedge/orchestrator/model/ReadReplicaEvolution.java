package dev.kedge.orchestrator.model;

import static dev.kedge.orchestrator.model.Evolution.expect;
import static dev.kedge.orchestrator.model.Evolution.impossible;

import dev.kedge.model.ReadReplicaState;
import dev.kedge.schemas.event.Event;
import java.util.ArrayList;
import java.util.List;

/** The part of the fold that is about read replicas. */
final class ReadReplicaEvolution {
    private static final int FIRST_ATTEMPT = 1;

    private ReadReplicaEvolution() {}

    static CellState evolve(CellState state, Event.OfReadReplica event) {
        return switch (event) {
            case Event.ReadReplicaAdded e -> added(state, e);
            case Event.ReadReplicaReady e -> {
                ReadReplica replica = replica(state, e);
                expect(
                        replica.state() == ReadReplicaState.COPYING && replica.attempt() == e.attempt(),
                        e,
                        "the replica is " + replica);
                yield state.with(replica.in(ReadReplicaState.FOLLOWING));
            }
            case Event.ReadReplicaLeaving e -> {
                ReadReplica replica = replica(state, e);
                expect(replica.state() != ReadReplicaState.LEAVING, e, "the replica is leaving already");
                yield state.with(replica.in(ReadReplicaState.LEAVING));
            }
            case Event.ReadReplicaRemoved e -> removed(state, e);
        };
    }

    private static CellState added(CellState state, Event.ReadReplicaAdded e) {
        expect(state.readReplicas().get(e.replica()) == null, e, "the replica exists");
        Keyspace keyspace = Evolution.keyspace(state, e, e.keyspace());
        Tablet tablet = keyspace.tablets().get(e.start());
        if (tablet == null) {
            throw impossible(e, "no tablet starts at " + e.start());
        }
        expect(tablet.migration() == null, e, "the tablet is in migration " + tablet.migration());
        expect(state.shard(e.shard()) != null && !e.shard().equals(tablet.shard()), e, "it can't follow there");
        List<String> replicas = new ArrayList<>(tablet.readReplicas());
        replicas.add(e.replica());
        return state.with(keyspace.with(e.start(), tablet.with(replicas)))
                .with(new ReadReplica(
                        e.replica(),
                        e.keyspace(),
                        e.start(),
                        e.shard(),
                        FIRST_ATTEMPT,
                        ReadReplicaState.COPYING,
                        e.maxStalenessMillis()));
    }

    private static CellState removed(CellState state, Event.ReadReplicaRemoved e) {
        ReadReplica replica = replica(state, e);
        expect(replica.state() == ReadReplicaState.LEAVING, e, "the replica is not leaving");
        Keyspace keyspace = Evolution.keyspace(state, e, replica.keyspace());
        Tablet tablet = keyspace.tablets().get(replica.start());
        if (tablet == null) {
            throw impossible(e, "no tablet starts at " + replica.start());
        }
        List<String> replicas = new ArrayList<>(tablet.readReplicas());
        expect(replicas.remove(replica.id()), e, "the tablet does not know it");
        return state.with(keyspace.with(replica.start(), tablet.with(replicas))).without(replica);
    }

    private static ReadReplica replica(CellState state, Event.OfReadReplica e) {
        ReadReplica replica = state.readReplicas().get(e.replica());
        if (replica == null) {
            throw impossible(e, "the replica is unknown");
        }
        Keyspace keyspace = Evolution.keyspace(state, e, replica.keyspace());
        Tablet tablet = keyspace.tablets().get(replica.start());
        expect(tablet != null && !state.isSwitching(tablet), e, "its tablet is being cut over: " + tablet);
        return replica;
    }

    /** After a cutover the tablet's read replicas follow the new owner, as a new attempt (R6). */
    static CellState ownerChanged(CellState state, Tablet tablet) {
        CellState next = state;
        for (String id : tablet.readReplicas()) {
            ReadReplica replica = next.readReplicas().get(id);
            if (replica != null) {
                next = next.with(replica.ofNewOwner());
            }
        }
        return next;
    }
}
