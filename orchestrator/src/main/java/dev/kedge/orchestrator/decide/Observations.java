package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.orchestrator.policy.CellLoad;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import org.jspecify.annotations.Nullable;

/**
 * What has been seen but not decided: heartbeats and the reports of running replications. Not part of the state: a restart loses it, and
 * the reports that workers repeat bring it back. Immutable.
 *
 * @param nowMillis the latest time seen; never goes back
 * @param clock the clock by which silence is measured
 * @param workers last heartbeat of each worker
 * @param troubles shards that do not serve where they are
 * @param replications what is known of each running migration's current replication
 * @param load what tablets are asked for
 * @param evaluateMillis when the policies are due; 0 = not known yet, after a start
 * @param drainMillis before which a drain that found no place for something does not look again
 */
public record Observations(
        long nowMillis,
        ReportClock clock,
        PersistentMap<String, WorkerSeen> workers,
        PersistentMap<String, ShardTrouble> troubles,
        PersistentMap<String, ReplicationSeen> replications,
        CellLoad load,
        long evaluateMillis,
        long drainMillis) {
    public static final Observations NONE = new Observations(
            0,
            ReportClock.STOPPED,
            PersistentMap.empty(),
            PersistentMap.empty(),
            PersistentMap.empty(),
            CellLoad.NONE,
            0,
            0);

    /** A worker's last heartbeat, when it came, and what the clock of the reports showed. */
    public record WorkerSeen(Report.Heartbeat heartbeat, long atMillis, long clockMillis) {}

    Observations at(long timeMillis) {
        return new Observations(
                Math.max(nowMillis, timeMillis),
                clock,
                workers,
                troubles,
                replications,
                load,
                evaluateMillis,
                drainMillis);
    }

    /** An older heartbeat (a backlog read after a restart) does not make the worker look fresher than it is. */
    Observations with(Report.Heartbeat heartbeat, long atMillis, long longestGapMillis) {
        ReportClock now = clock.heartbeat(atMillis, longestGapMillis);
        return new Observations(
                nowMillis,
                now,
                workers.put(heartbeat.worker(), new WorkerSeen(heartbeat, atMillis, now.millis())),
                troubles,
                replications,
                load,
                evaluateMillis,
                drainMillis);
    }

    Observations with(ReportClock next) {
        return new Observations(nowMillis, next, workers, troubles, replications, load, evaluateMillis, drainMillis);
    }

    Observations with(String shard, ShardTrouble trouble) {
        return troubles(troubles.put(shard, trouble));
    }

    Observations withoutTrouble(String shard) {
        return troubles.containsKey(shard) ? troubles(troubles.remove(shard)) : this;
    }

    private Observations troubles(PersistentMap<String, ShardTrouble> changed) {
        return new Observations(nowMillis, clock, workers, changed, replications, load, evaluateMillis, drainMillis);
    }

    Observations with(String migration, ReplicationSeen seen) {
        return replications(replications.put(migration, seen));
    }

    Observations without(String migration) {
        return replications(replications.remove(migration));
    }

    private Observations replications(PersistentMap<String, ReplicationSeen> changed) {
        return new Observations(nowMillis, clock, workers, troubles, changed, load, evaluateMillis, drainMillis);
    }

    Observations with(CellLoad changed) {
        return new Observations(
                nowMillis, clock, workers, troubles, replications, changed, evaluateMillis, drainMillis);
    }

    /** With what is known of the load after a decision: a split and a merge change what tablets there are. */
    public Observations after(Event event) {
        Observations next = with(load.after(event));
        return makesRoom(event) ? next.drainAt(0) : next;
    }

    /** Whether a tablet may find a place now that found none before, or has to look for one. */
    private static boolean makesRoom(Event event) {
        return switch (event) {
            case Event.RollbackWindowOpened e -> true;
            case Event.MigrationCompleted e -> true;
            case Event.MigrationAborted e -> true;
            case Event.MigrationRolledBack e -> true;
            case Event.ReadReplicaRemoved e -> true;
            case Event.ShardAssigned e -> true;
            case Event.WorkerUndrained e -> true;
            case Event.WorkerDrainStarted e -> true;
            default -> false;
        };
    }

    /** Drains look for places again at {@code dueMillis}. */
    Observations drainAt(long dueMillis) {
        return new Observations(nowMillis, clock, workers, troubles, replications, load, evaluateMillis, dueMillis);
    }

    /** The policies are to be evaluated at {@code dueMillis}. */
    Observations evaluateAt(long dueMillis) {
        return new Observations(nowMillis, clock, workers, troubles, replications, load, dueMillis, drainMillis);
    }

    ShardTrouble trouble(String shard) {
        ShardTrouble trouble = troubles.get(shard);
        return trouble == null ? ShardTrouble.NONE : trouble;
    }

    /** For how long a worker has said nothing while others reported; measured from this control plane's start if it never did. */
    long silentMillis(String worker) {
        WorkerSeen seen = workers.get(worker);
        return clock.millis() - (seen == null ? 0 : seen.clockMillis());
    }

    /** Bytes in the shards of a worker, as it last said; 0 if it never did. */
    long bytes(String worker) {
        WorkerSeen seen = workers.get(worker);
        return seen == null
                ? 0
                : seen.heartbeat().shards().stream()
                        .mapToLong(ShardStatus::bytes)
                        .sum();
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

    /** Whether the worker's last heartbeat says that it can't serve the shard at this epoch, and is not about to. */
    boolean hasFailed(String worker, String shard, long epoch) {
        ShardStatus status = status(worker, shard);
        return status == null || status.epoch() != epoch || status.state() == ShardState.FAILED;
    }

    /** Whether the worker's last heartbeat says that it serves the shard at this epoch. */
    boolean serves(String worker, String shard, long epoch) {
        ShardStatus status = status(worker, shard);
        return status != null && status.epoch() == epoch && status.state() == ShardState.SERVING;
    }

    /** What the worker last said of the shard; null if nothing. */
    @Nullable
    ShardStatus status(String worker, String shard) {
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
