package dev.kedge.orchestrator.decide;

import dev.kedge.model.Phase;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.decide.ReplicationSeen.Digests;
import dev.kedge.orchestrator.decide.ReplicationSeen.Progress;
import dev.kedge.orchestrator.decide.ReplicationSeen.Standing;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Leg;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.CleaningUp;
import dev.kedge.orchestrator.model.MigrationState.Copying;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.RollbackWindow;
import dev.kedge.orchestrator.model.MigrationState.Switching;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.util.List;

/** Reports of workers and of the control plane's own effects. One that fits nothing that is going on is stale, and ignored. */
final class ReportDecider {
    private static final long FIRST_EPOCH = 1;

    private final ControlPlaneSettings settings;
    private final Progression progression;

    ReportDecider(ControlPlaneSettings settings, Progression progression) {
        this.settings = settings;
        this.progression = progression;
    }

    void decide(Draft draft, Report report, long atMillis) {
        switch (report) {
            case Report.Heartbeat r -> heartbeat(draft, r, atMillis);
            case Report.ShardLoad r ->
                draft.see(draft.seen().with(draft.seen().load().with(r, atMillis, draft.state())));
            case Report.LogReady r -> logReady(draft, r);
            case Report.LogFailed r -> {} // it is tried again until it succeeds; the shell logs why it has not yet
            case Report.MigrationReport r -> {
                Migration m = draft.running(r.migration());
                if (m != null && m.state() instanceof Active s && s.leg().attempt() == r.attempt()) {
                    ofMigration(draft, m, s, r, atMillis);
                }
                ReadReplica replica = draft.state().readReplicas().get(r.migration());
                if (replica != null
                        && replica.attempt() == r.attempt()
                        && replica.shard().equals(r.shard())) {
                    ofReadReplica(draft, replica, r, atMillis);
                }
            }
        }
    }

    private void heartbeat(Draft draft, Report.Heartbeat r, long atMillis) {
        draft.see(draft.seen().with(r, atMillis, settings.longestGapMillis()));
        Worker known = draft.state().worker(r.worker());
        if (known == null || known.lost() || !known.isAt(r.incarnation(), r.host(), r.port())) {
            draft.emit(new Event.WorkerJoined(r.worker(), r.incarnation(), r.host(), r.port()));
            draft.state().shards().values().stream()
                    .filter(s -> s.worker().equals(r.worker()))
                    .forEach(s -> Failover.verifyAgain(draft, s.name()));
        }
        progression.admitPlanned(draft);
    }

    private static void logReady(Draft draft, Report.LogReady r) {
        if (draft.state().shard(r.shard()) instanceof Shard.Requested shard
                && shard.logTopic().equals(r.logTopic())) {
            draft.emit(new Event.ShardLogCreated(r.shard(), r.logTopicId()));
            draft.emit(new Event.ShardAssigned(r.shard(), shard.worker(), FIRST_EPOCH, null));
        }
    }

    private static void ofReadReplica(Draft draft, ReadReplica replica, Report.MigrationReport report, long atMillis) {
        switch (report) {
            case Report.ReplicaProgress r -> {
                ReplicationSeen seen = draft.seen().replication(replica.id(), r.attempt());
                Progress progress =
                        Progress.after(seen.progress(), r, atMillis, 0, new Standing.Course(Phase.COPYING, false));
                draft.see(draft.seen().with(replica.id(), seen.with(progress)));
                if (replica.state() == ReadReplicaState.COPYING
                        && progress.position() >= progress.copyUntil()
                        && !isSwitching(draft, replica)) {
                    draft.emit(new Event.ReadReplicaReady(replica.id(), replica.attempt()));
                }
            }
            case Report.EvictionDone r -> {
                if (replica.state() == ReadReplicaState.LEAVING && !isSwitching(draft, replica)) {
                    draft.emit(new Event.ReadReplicaRemoved(replica.id(), r.rows()));
                }
            }
            // A read replica is no side of a verification or a cutover, and tries for ever: nobody waits for it.
            case Report.Digest r -> {}
            case Report.Fenced r -> {}
            case Report.CutoverServed r -> {}
            case Report.DualWriteLost r -> {}
            case Report.ReplicationFailed r -> {}
            case Report.ForegroundLatency r -> {}
        }
    }

    /** What is not decided during a cutover is decided after it: the reports are repeated. */
    private static boolean isSwitching(Draft draft, ReadReplica replica) {
        Keyspace keyspace = Names.keyspace(draft, replica.keyspace());
        return draft.state().isSwitching(keyspace.tabletAt(replica.start()).tablet());
    }

    private void ofMigration(Draft draft, Migration m, Active s, Report.MigrationReport report, long atMillis) {
        ReplicationSeen seen = draft.seen().replication(m.id(), report.attempt());
        boolean byOwner = report.shard().equals(m.owner());
        boolean byReplica = report.shard().equals(m.replica());
        switch (report) {
            case Report.ReplicaProgress r -> {
                if (byReplica && s.phase().isReplicating()) {
                    Progress progress = Progress.after(
                            seen.progress(),
                            r,
                            atMillis,
                            m.plan().options().catchUpLagRecords(),
                            new Standing.Course(s.phase(), m.paused()));
                    draft.see(draft.seen().with(m.id(), seen.with(progress)));
                }
            }
            case Report.Digest r -> {
                if (s instanceof Verifying v && r.round() == v.round() && (byOwner || byReplica)) {
                    Digests known = seen.digests().round() == r.round() ? seen.digests() : Digests.none(r.round());
                    draft.see(draft.seen().with(m.id(), seen.with(known.with(r, byOwner))));
                }
            }
            case Report.Fenced r -> {
                if (s instanceof Switching && byReplica) {
                    draft.see(draft.seen().with(m.id(), seen.with(r)));
                }
            }
            case Report.CutoverServed r -> {
                if (s instanceof Switching && byOwner) {
                    draft.see(draft.seen().with(m.id(), seen.with(r)));
                }
            }
            case Report.EvictionDone r -> {
                if (s instanceof CleaningUp c && r.shard().equals(c.shard())) {
                    draft.see(draft.seen().with(m.id(), seen.with(r)));
                }
            }
            case Report.DualWriteLost r -> {
                if (byOwner && s.phase().isDualWriting()) {
                    draft.see(draft.seen().with(m.id(), seen.dualWriteLost(draft.nowMillis())));
                    dualWriteLost(draft, m, s.leg(), r.reason());
                }
            }
            case Report.ForegroundLatency r -> {} // for the copy's pace, which the destination keeps
            case Report.ReplicationFailed r -> {
                if (byReplica) {
                    replicationFailed(draft, m, s, r.reason());
                }
            }
        }
        progression.advance(draft, List.of(m.id()));
    }

    private static void dualWriteLost(Draft draft, Migration m, Leg leg, String reason) {
        switch (leg) {
            case Leg.Forward f -> {
                draft.emit(new Event.DualWriteLost(m.id(), reason));
                Convergence.checkLosses(draft, m, f.effort().dualWritesLost() + 1, reason);
            }
            case Leg.Reverse b -> Progression.stopRollback(draft, m, reason);
        }
    }

    private static void replicationFailed(Draft draft, Migration m, Active s, String reason) {
        switch (s) {
            case Copying c -> Progression.abort(draft, m, reason);
            case DualWriting d -> Progression.abort(draft, m, reason);
            case CatchingUp c -> Progression.giveUp(draft, m, c.leg(), reason);
            case Verifying v -> Progression.giveUp(draft, m, v.leg(), reason);
            case Verified v -> Progression.giveUp(draft, m, v.leg(), reason);
            case RollbackWindow w -> {
                if (w.broken() == null) { // once, though the report is repeated
                    draft.emit(new Event.RollbackStopped(m.id(), reason));
                }
            }
            // Past the commit point the range has one owner and no way back but a cutover: this waits for the shard to
            // reopen.
            case Switching w -> {}
            case CleaningUp c -> {}
        }
    }
}
