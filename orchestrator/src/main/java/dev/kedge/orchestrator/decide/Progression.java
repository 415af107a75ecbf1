package dev.kedge.orchestrator.decide;

import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.decide.ReplicationSeen.Progress;
import dev.kedge.orchestrator.model.ImpossibleHistoryException;
import dev.kedge.orchestrator.model.Leg;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.CleaningUp;
import dev.kedge.orchestrator.model.MigrationState.Copying;
import dev.kedge.orchestrator.model.MigrationState.CuttingOver;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.Fenced;
import dev.kedge.orchestrator.model.MigrationState.Fencing;
import dev.kedge.orchestrator.model.MigrationState.Planned;
import dev.kedge.orchestrator.model.MigrationState.RollbackWindow;
import dev.kedge.orchestrator.model.MigrationState.Served;
import dev.kedge.orchestrator.model.MigrationState.Switching;
import dev.kedge.orchestrator.model.MigrationState.Terminal;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.orchestrator.model.Plan;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.CleanupCause;
import dev.kedge.schemas.report.Report.CutoverServed;
import dev.kedge.schemas.report.Report.EvictionDone;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves migrations on. Level-triggered: looks at what is decided and what has been seen, not at which input came last, so a lost report
 * or a restart delays a step until the report is repeated and never loses it (I9).
 */
final class Progression {
    /** More steps than any chain of phases: beyond it the decider runs in circles. */
    private static final int MAX_STEPS = 16;

    private final ControlPlaneSettings settings;
    private final Verification verification;
    private final Convergence convergence;

    Progression(ControlPlaneSettings settings) {
        this.settings = settings;
        verification = new Verification(settings);
        convergence = new Convergence(settings);
    }

    void advanceAll(Draft draft) {
        if (!draft.state().migrations().isEmpty()) {
            advance(draft, draft.state().migrations().keys());
        }
    }

    /** Lets planned migrations begin, in the order in which they were planned. */
    void admitPlanned(Draft draft) {
        for (Migration m : draft.state().migrations().values()) {
            if (m.phase() == Phase.PLANNED) {
                advance(draft, List.of(m.id()));
            }
        }
    }

    void advance(Draft draft, List<String> migrations) {
        for (String id : migrations) {
            int steps = 0;
            Migration m = draft.running(id);
            while (m != null && step(draft, m)) {
                if (++steps > MAX_STEPS) {
                    throw new ImpossibleHistoryException("the migration " + m + " runs in circles");
                }
                m = draft.running(id);
            }
        }
    }

    /** Takes one step; false if there is none to take. */
    private boolean step(Draft draft, Migration m) {
        return switch (m.state()) {
            case Planned s -> admit(draft, m);
            case Copying s -> !s.paused() && endCopy(draft, m, s);
            case CatchingUp s -> !s.paused() && (endCatchUp(draft, m, s) || convergence.catchingUp(draft, m, s));
            case DualWriting s -> endDualWrite(draft, m, s) || convergence.dualWriting(draft, m, s);
            case Verifying s -> verification.step(draft, m, s);
            case Verified s -> cutOver(draft, m, s) || convergence.verified(draft, m, s);
            case CuttingOver s -> false; // until the routing record comes back
            case Fencing s -> noteFence(draft, m, s) || complete(draft, m, s.leg(), s.version());
            case Fenced s -> complete(draft, m, s.leg(), s.version());
            case Served s -> settle(draft, m, s);
            case RollbackWindow s -> closeWindow(draft, m, s);
            case CleaningUp s -> endCleanup(draft, m, s);
            case Terminal s -> false;
        };
    }

    private boolean admit(Draft draft, Migration m) {
        if (Admission.whyNot(draft.state(), draft.seen(), settings, m) != null) {
            return false;
        }
        draft.emit(new Event.CopyStarted(m.id(), 1));
        return true;
    }

    private static boolean endCopy(Draft draft, Migration m, Copying s) {
        Progress progress = draft.seen().replication(m.id(), s.leg().attempt()).progress();
        if (progress == null || progress.position() < progress.copyUntil()) {
            return false;
        }
        draft.emit(new Event.CatchUpStarted(m.id(), progress.lag()));
        return true;
    }

    private boolean endCatchUp(Draft draft, Migration m, CatchingUp s) {
        ReplicationSeen seen = draft.seen().replication(m.id(), s.leg().attempt());
        Progress progress = seen.fresh(draft, settings);
        boolean retriable = seen.dualWriteLostMillis() == 0
                || draft.nowMillis() - seen.dualWriteLostMillis() >= convergence.pauseMillis(s.leg());
        if (progress == null
                || !retriable
                || progress.lag() > m.plan().options().catchUpLagRecords()) {
            return false;
        }
        draft.emit(
                s.leg().isReverse()
                        ? new Event.VerificationStarted(m.id(), s.round() + 1, List.of())
                        : new Event.DualWriteStarted(m.id()));
        return true;
    }

    private boolean endDualWrite(Draft draft, Migration m, DualWriting s) {
        Progress progress = draft.seen().replication(m.id(), s.leg().attempt()).fresh(draft, settings);
        if (progress == null || progress.smallSinceMillis() == null) {
            return false;
        }
        long stableSince = Math.max(s.sinceMillis(), progress.smallSinceMillis());
        if (draft.nowMillis() - stableSince < m.plan().options().dualWriteStableMillis()) {
            return false;
        }
        draft.emit(new Event.VerificationStarted(m.id(), s.round() + 1, List.of()));
        return true;
    }

    /** The commit point, taken only while the predicted stall is within the budget. R8 is asserted by the fold. */
    private boolean cutOver(Draft draft, Migration m, Verified s) {
        ReplicationSeen seen = draft.seen().replication(m.id(), s.leg().attempt());
        Progress progress = seen.fresh(draft, settings);
        if (progress == null) {
            return false;
        }
        long predicted = progress.predictedStallMicros(settings);
        int maxStallMillis = m.plan().options().maxStallMillis();
        if (predicted <= maxStallMillis * 1000L) {
            draft.emit(new Event.CutoverCommitted(m.id(), s.leg().isReverse(), predicted));
            return true;
        }
        if (seen.deferredMillis() == 0 || draft.nowMillis() - seen.deferredMillis() >= settings.deferralHintMillis()) {
            draft.emit(new Event.CutoverDeferred(m.id(), predicted, maxStallMillis));
            draft.see(draft.seen().with(m.id(), seen.deferred(draft.nowMillis())));
        }
        return false;
    }

    /** The cutover's own record has come back with its version. */
    void routingObserved(Draft draft, Input.RoutingObserved r) {
        if (!(r.record() instanceof TabletRoute tablet)) {
            return;
        }
        MigrationRoute route = tablet.migration();
        Migration m = route == null ? null : draft.running(route.migration());
        if (route != null
                && m != null
                && route.phase() == Phase.CUTOVER
                && m.state() instanceof CuttingOver s
                && s.leg().attempt() == route.attempt()
                && tablet.shard().equals(m.owner())) {
            draft.emit(new Event.CutoverVersioned(m.id(), r.version()));
            advance(draft, List.of(m.id()));
        }
    }

    private static boolean noteFence(Draft draft, Migration m, Fencing s) {
        var fence = draft.seen().replication(m.id(), s.leg().attempt()).fenced();
        if (fence == null || fence.version() != s.version()) {
            return false;
        }
        draft.emit(new Event.SourceFenced(m.id(), fence.version(), fence.offset()));
        return true;
    }

    private static boolean complete(Draft draft, Migration m, Leg leg, long version) {
        CutoverServed served = draft.seen().replication(m.id(), leg.attempt()).served();
        if (served == null || served.version() != version || !(m.state() instanceof Switching s)) {
            return false;
        }
        draft.emit(new Event.CutoverCompleted(
                m.id(),
                version,
                served.offset(),
                served.fenceOffset(),
                s.predictedStallMicros(),
                served.stallMicros(),
                served.parked()));
        return true;
    }

    private static boolean settle(Draft draft, Migration m, Served s) {
        Plan plan = m.plan();
        draft.emit(
                switch (s.leg()) {
                    // The former owner keeps its rows and reads the new owner's log from its ImportCompleted on.
                    case Leg.Forward leg ->
                        new Event.RollbackWindowOpened(
                                m.id(),
                                leg.attempt() + 1,
                                ImportBase.KEPT,
                                s.offset(),
                                draft.nowMillis() + plan.options().rollbackWindowMillis());
                    case Leg.Reverse leg ->
                        new Event.CleanupStarted(m.id(), plan.to(), CleanupCause.ROLLED_BACK, "rolled back");
                });
        return true;
    }

    private static boolean closeWindow(Draft draft, Migration m, RollbackWindow s) {
        if (draft.nowMillis() < s.leg().untilMillis()) {
            return false;
        }
        draft.emit(new Event.CleanupStarted(
                m.id(), m.plan().from(), CleanupCause.COMPLETED, "the rollback window is over"));
        return true;
    }

    /** Ends the way there, or stops the way back: the owner goes on serving. */
    static void giveUp(Draft draft, Migration m, Leg leg, String reason) {
        switch (leg) {
            case Leg.Forward f -> abort(draft, m, reason);
            case Leg.Reverse r -> stopRollback(draft, m, reason);
        }
    }

    static void abort(Draft draft, Migration m, String reason) {
        draft.emit(new Event.CleanupStarted(m.id(), m.plan().to(), CleanupCause.ABORTED, reason));
    }

    /** Back to the window, at its full length again: whoever wanted to go back gets the time to try once more. */
    static void stopRollback(Draft draft, Migration m, String reason) {
        draft.emit(new Event.RollbackStopped(m.id(), reason));
        Migration now = draft.running(m.id());
        if (now != null && now.state() instanceof RollbackWindow w) {
            long until = draft.nowMillis() + m.plan().options().rollbackWindowMillis();
            if (until > w.leg().untilMillis()) {
                draft.emit(new Event.RollbackWindowOpened(
                        m.id(), w.leg().attempt(), w.leg().base(), w.leg().sourceFrom(), until));
            }
        }
    }

    private static boolean endCleanup(Draft draft, Migration m, CleaningUp s) {
        EvictionDone evicted =
                draft.seen().replication(m.id(), s.leg().attempt()).evicted();
        if (!isEvicted(s, evicted)) {
            return false;
        }
        draft.emit(
                switch (s.cause()) {
                    case COMPLETED -> new Event.MigrationCompleted(m.id(), evicted == null ? 0 : evicted.rows());
                    case ABORTED -> new Event.MigrationAborted(m.id(), s.reason());
                    case ROLLED_BACK -> new Event.MigrationRolledBack(m.id(), s.reason());
                });
        return true;
    }

    /** R9: nothing of the migration is left where its rows had to go. */
    private static boolean isEvicted(CleaningUp s, @Nullable EvictionDone evicted) {
        return evicted != null && evicted.shard().equals(s.shard());
    }
}
