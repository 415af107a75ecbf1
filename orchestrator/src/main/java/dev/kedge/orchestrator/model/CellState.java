package dev.kedge.orchestrator.model;

import dev.kedge.model.KeyRange;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What the control plane has decided so far: the fold of its events (I8), see {@link Evolution}. Immutable, thread-safe; equal histories
 * give equal states.
 *
 * @param migrations non-terminal ones, in the order they were planned
 * @param finished terminal ones
 * @param readReplicas those that exist, in the order they were added
 * @param steering policies and what came of them
 * @param nextKeyspaceId id of the next keyspace; never reused
 * @param nextSequence sequence of the next event
 * @param lastCommand offset of the last command decided; -1 before the first. A command read again after lost consumer offsets is
 *     recognized by it
 */
public record CellState(
        PersistentMap<String, Keyspace> keyspaces,
        PersistentMap<String, Worker> workers,
        PersistentMap<String, Shard> shards,
        PersistentMap<String, Migration> migrations,
        PersistentMap<String, Migration> finished,
        PersistentMap<String, ReadReplica> readReplicas,
        Steering steering,
        int nextKeyspaceId,
        long nextSequence,
        long lastCommand) {

    /** Ids are a letter + an offset, or a proposal's + "-1": shorter is earlier, and what was commanded goes before what policies do. */
    private static final Comparator<String> BY_AGE =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    /** Before the first event. */
    public static final CellState EMPTY = new CellState(
            PersistentMap.empty(),
            PersistentMap.empty(),
            PersistentMap.empty(),
            PersistentMap.empty(BY_AGE),
            PersistentMap.empty(BY_AGE),
            PersistentMap.empty(BY_AGE),
            Steering.NONE,
            1,
            0,
            -1);

    public @Nullable Keyspace keyspace(String name) {
        return keyspaces.get(name);
    }

    public @Nullable Worker worker(String name) {
        return workers.get(name);
    }

    public @Nullable Shard shard(String name) {
        return shards.get(name);
    }

    /** The migration of this id, running or over. */
    public @Nullable Migration migration(String id) {
        Migration running = migrations.get(id);
        return running != null ? running : finished.get(id);
    }

    /** Whether a shard follows a tablet that shares a position with a range, or is still removing its rows of one. */
    public boolean isReadReplica(String shard, Keyspace keyspace, KeyRange range) {
        return keyspace.tabletsIn(range).stream()
                .flatMap(placed -> placed.tablet().readReplicas().stream())
                .map(readReplicas::get)
                .anyMatch(replica -> replica != null && replica.shard().equals(shard));
    }

    /**
     * Whether the tablet's cutover is under way. Workers fence and serve by the version of its routing record, so nothing else may change that
     * record meanwhile.
     */
    public boolean isSwitching(Tablet tablet) {
        Migration migration = tablet.migration() == null ? null : migrations.get(tablet.migration());
        return migration != null && migration.state() instanceof MigrationState.Switching;
    }

    CellState with(ReadReplica replica) {
        return withReadReplicas(readReplicas.put(replica.id(), replica));
    }

    CellState without(ReadReplica replica) {
        return withReadReplicas(readReplicas.remove(replica.id()));
    }

    private CellState withReadReplicas(PersistentMap<String, ReadReplica> changed) {
        return new CellState(
                keyspaces,
                workers,
                shards,
                migrations,
                finished,
                changed,
                steering,
                nextKeyspaceId,
                nextSequence,
                lastCommand);
    }

    CellState with(Keyspace keyspace) {
        return new CellState(
                keyspaces.put(keyspace.name(), keyspace),
                workers,
                shards,
                migrations,
                finished,
                readReplicas,
                steering,
                Math.max(nextKeyspaceId, keyspace.id() + 1),
                nextSequence,
                lastCommand);
    }

    CellState with(Worker worker) {
        return new CellState(
                keyspaces,
                workers.put(worker.name(), worker),
                shards,
                migrations,
                finished,
                readReplicas,
                steering,
                nextKeyspaceId,
                nextSequence,
                lastCommand);
    }

    CellState with(Shard shard) {
        return new CellState(
                keyspaces,
                workers,
                shards.put(shard.name(), shard),
                migrations,
                finished,
                readReplicas,
                steering,
                nextKeyspaceId,
                nextSequence,
                lastCommand);
    }

    CellState with(Migration migration) {
        boolean over = migration.isTerminal();
        return new CellState(
                keyspaces,
                workers,
                shards,
                over ? migrations.remove(migration.id()) : migrations.put(migration.id(), migration),
                over ? finished.put(migration.id(), migration) : finished,
                readReplicas,
                steering,
                nextKeyspaceId,
                nextSequence,
                lastCommand);
    }

    CellState with(Steering changed) {
        return new CellState(
                keyspaces,
                workers,
                shards,
                migrations,
                finished,
                readReplicas,
                changed,
                nextKeyspaceId,
                nextSequence,
                lastCommand);
    }

    CellState after(long sequence, long command) {
        return new CellState(
                keyspaces,
                workers,
                shards,
                migrations,
                finished,
                readReplicas,
                steering,
                nextKeyspaceId,
                sequence + 1,
                command);
    }
}
