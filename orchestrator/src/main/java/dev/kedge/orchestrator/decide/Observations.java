package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.orchestrator.policy.CellLoad;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import org.jspecify.annotations.Nullable;

/**
 * What has been seen but not decided: heartbeats and the reports of running replications. Not part of the state: a restart loses it, and
 * the reports that workers repeat bring it back. Immutable.
 *
 * @param nowMillis the latest time seen; never goes back
 * @param workers last heartbeat of each worker
 * @param replications what is known of each running migration's current replication
 * @param load what tablets are asked for
 * @param evaluateMillis when the policies are due; 0 = not known yet, after a start
 */
public record Observations(
        long nowMillis,
        PersistentMap<String, WorkerSeen> workers,
        PersistentMap<String, ReplicationSeen> replications,
        CellLoad load,
        long evaluateMillis) {
    public static final Observations NONE =
            new Observations(0, PersistentMap.empty(), PersistentMap.empty(), CellLoad.NONE, 0);

    /** A worker's last heartbeat, and when it came. */
    public record WorkerSeen(Report.Heartbeat heartbeat, long atMillis) {}

    Observations at(long timeMillis) {
        return new Observations(Math.max(nowMillis, timeMillis), workers, replications, load, evaluateMillis);
    }

    /** An older heartbeat (a backlog read after a restart) does not make the worker look fresher than it is. */
    Observations with(Report.Heartbeat heartbeat, long atMillis) {
        return new Observations(
                nowMillis,
                workers.put(heartbeat.worker(), new WorkerSeen(heartbeat, atMillis)),
                replications,
                load,
                evaluateMillis);
    }

    Observations with(String migration, ReplicationSeen seen) {
        return new Observations(nowMillis, workers, replications.put(migration, seen), load, evaluateMillis);
    }

    Observations without(String migration) {
        return new Observations(nowMillis, workers, replications.remove(migration), load, evaluateMillis);
    }

    Observations with(CellLoad changed) {
        return new Observations(nowMillis, workers, replications, changed, evaluateMillis);
    }

    /** The policies are to be evaluated at {@code dueMillis}. */
    Observations evaluateAt(long dueMillis) {
        return new Observations(nowMillis, workers, replications, load, dueMillis);
    }

    /** What is known of this attempt; nothing if only of another. */
    ReplicationSeen replication(String migration, int attempt) {
        ReplicationSeen seen = replications.get(migration);
        return seen != null && seen.attempt() == attempt ? seen : ReplicationSeen.nothing(attempt);
    }

    /** Whether the worker was heard within the timeout. */
    boolean isFresh(String worker, long timeoutMillis) {
        WorkerSeen seen = workers.get(worker);
        return seen != null && nowMillis - seen.atMillis() <= timeoutMillis;
    }

    /** Whether the worker's last heartbeat says that it serves the shard at this epoch. */
    boolean serves(String worker, String shard, long epoch) {
        ShardStatus status = status(worker, shard);
        return status != null && status.epoch() == epoch && status.state() == ShardState.SERVING;
    }

    private @Nullable ShardStatus status(String worker, String shard) {
        WorkerSeen seen = workers.get(worker);
        if (seen != null) {
            for (ShardStatus status : seen.heartbeat().shards()) {
                if (status.shard().equals(shard)) {
                    return status;
                }
            }
        }
        return null;
    }
}
