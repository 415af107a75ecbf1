package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens shards elsewhere that can't go on where they are: their worker is silent, or it lives and fails with them. Level-triggered, like
 * everything here: a shard that nobody can take now is looked at again with the next tick. Nothing is ever moved back by itself.
 *
 * <p>That a worker is dead is a guess, and may be wrong: the rules of the shard's log make it safe (R1, R3, R4), whoever else still believes to
 * own it.
 */
final class Failover {
    private final ControlPlaneSettings settings;
    private final Hosts hosts;

    Failover(ControlPlaneSettings settings, Hosts hosts) {
        this.settings = settings;
        this.hosts = hosts;
    }

    void timePassed(Draft draft) {
        draft.see(draft.seen().with(draft.seen().clock().ticked(draft.nowMillis(), settings.longestGapMillis())));
        sayIfAllAreSilent(draft);
        if (!draft.seen().clock().isRunning(draft.nowMillis(), settings.longestGapMillis())) {
            return;
        }
        for (Worker worker : draft.state().workers().values()) {
            long silent = draft.seen().silentMillis(worker.name());
            if (!worker.lost() && silent > settings.workerLostMillis()) {
                draft.emit(new Event.WorkerLost(worker.name(), worker.incarnation(), silent));
            }
        }
        for (Shard shard : draft.state().shards().values()) {
            if (shard instanceof Shard.Assigned assigned) {
                look(draft, assigned);
            }
        }
    }

    private void sayIfAllAreSilent(Draft draft) {
        ReportClock clock = draft.seen().clock();
        long silent = clock.silentMillis(draft.nowMillis());
        if (!clock.silenceTold()
                && silent > settings.workerLostMillis()
                && !draft.state().shards().isEmpty()) {
            draft.emit(new Event.WorkersSilent(silent));
            draft.see(draft.seen().with(clock.told()));
        }
    }

    private void look(Draft draft, Shard.Assigned shard) {
        Worker worker = draft.state().worker(shard.worker());
        if (worker == null || worker.lost()) {
            ShardTrouble trouble = draft.seen().trouble(shard.name());
            move(draft, shard, trouble, List.of(shard.worker()), shard.worker() + " is lost");
            return;
        }
        if (!draft.seen().isFresh(worker.name(), settings.heartbeatTimeoutMillis())) {
            return;
        }
        ShardTrouble trouble = draft.seen().trouble(shard.name());
        ShardStatus status = draft.seen().status(worker.name(), shard.name());
        if (status != null && status.epoch() == shard.epoch() && status.state() != ShardState.FAILED) {
            if (status.state() == ShardState.SERVING) {
                draft.see(draft.seen().withoutTrouble(shard.name()));
            } else if (draft.seen().troubles().containsKey(shard.name())) {
                draft.see(draft.seen().with(shard.name(), trouble.opening()));
            }
            return;
        }
        failing(draft, shard, trouble, whatFails(status, shard));
    }

    private static String whatFails(@Nullable ShardStatus status, Shard.Assigned shard) {
        return status == null || status.epoch() != shard.epoch()
                ? "it does not take it up"
                : String.valueOf(status.reason());
    }

    private void failing(Draft draft, Shard.Assigned shard, ShardTrouble before, String why) {
        ShardTrouble trouble = before.failing(shard.epoch(), draft.nowMillis(), why);
        draft.see(draft.seen().with(shard.name(), trouble));
        long since = trouble.sinceMillis() == null ? draft.nowMillis() : trouble.sinceMillis();
        long failing = draft.nowMillis() - since;
        if (failing > settings.shardFailedMillis()) {
            List<String> tried = trouble.movedFrom(shard.worker()).tried();
            move(
                    draft,
                    shard,
                    trouble,
                    tried,
                    "it has failed on " + shard.worker() + " for " + failing / 1000 + " s: " + why);
        }
    }

    private void move(Draft draft, Shard.Assigned shard, ShardTrouble trouble, List<String> except, String why) {
        Worker target = hosts.forShard(draft, except);
        if (target != null) {
            draft.see(draft.seen().with(shard.name(), trouble.movedFrom(shard.worker())));
            draft.emit(new Event.ShardAssigned(shard.name(), target.name(), shard.epoch() + 1, why));
            verifyAgain(draft, shard.name());
            return;
        }
        String reason = shard.worker() + " can't host it, and no other worker can: " + hosts.whyNone(draft, except);
        if (!reason.equals(trouble.told())) {
            draft.see(draft.seen().with(shard.name(), trouble.told(reason)));
            draft.emit(new Event.FailoverDelayed(shard.name(), reason));
        }
    }

    /** Whoever opens the shard next knows nothing of a marker that was passed: don't wait for the round's time to run out (I9). */
    static void verifyAgain(Draft draft, String shard) {
        for (Migration m : draft.state().migrations().values()) {
            if (m.state() instanceof Verifying s
                    && (m.plan().from().equals(shard) || m.plan().to().equals(shard))) {
                Verification.restart(draft, m, s);
            }
        }
    }
}
