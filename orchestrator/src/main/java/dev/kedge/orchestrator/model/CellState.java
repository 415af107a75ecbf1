package dev.kedge.orchestrator.model;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What the control plane has decided so far: the fold of its events (I8), see {@link Evolution}. Immutable, thread-safe; equal histories
 * give equal states.
 *
 * @param migrations non-terminal ones, in the order they were planned
 * @param finished terminal ones
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
        int nextKeyspaceId,
        long nextSequence,
        long lastCommand) {

    /** Migration ids are "m" + an offset: shorter is earlier. */
    private static final Comparator<String> BY_AGE =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    /** Before the first event. */
    public static final CellState EMPTY = new CellState(
            PersistentMap.empty(),
            PersistentMap.empty(),
            PersistentMap.empty(),
            PersistentMap.empty(BY_AGE),
            PersistentMap.empty(BY_AGE),
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

    CellState with(Keyspace keyspace) {
        return new CellState(
                keyspaces.put(keyspace.name(), keyspace),
                workers,
                shards,
                migrations,
                finished,
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
                nextKeyspaceId,
                nextSequence,
                lastCommand);
    }

    CellState after(long sequence, long command) {
        return new CellState(keyspaces, workers, shards, migrations, finished, nextKeyspaceId, sequence + 1, command);
    }
}
