package dev.kedge.orchestrator.decide;

import dev.kedge.orchestrator.decide.ReplicationSeen.Progress;
import dev.kedge.orchestrator.decide.ReplicationSeen.Standing;
import dev.kedge.orchestrator.model.Leg;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.CatchingUp;
import dev.kedge.orchestrator.model.MigrationState.DualWriting;
import dev.kedge.orchestrator.model.MigrationState.Verified;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.Remedy;
import java.util.List;

/**
 * What is done when writes outrun the replay: first the copy's limits are lifted, then the source is braked, then the migration ends with the
 * reason. Each is tried once in an attempt, so that nothing goes on for ever (I9). All bounds are the migration's options.
 */
final class Convergence {
    /**
     * A replica comes nearer if it gets through a tenth more than is written: then catching up takes at most ten times as long as the copy
     * before it, however long that was.
     */
    private static final int PARTS = 10;

    private static final int MAX_DOUBLINGS = 5;

    private final ControlPlaneSettings settings;

    Convergence(ControlPlaneSettings settings) {
        this.settings = settings;
    }

    /** How long to wait after a lost dual-write before the next: longer each time. */
    long pauseMillis(Leg leg) {
        return switch (leg) {
            case Leg.Forward f ->
                settings.dualWriteRetryMillis() << Math.clamp(f.effort().dualWritesLost() - 1, 0, MAX_DOUBLINGS);
            case Leg.Reverse r -> settings.dualWriteRetryMillis();
        };
    }

    boolean catchingUp(Draft draft, Migration m, CatchingUp s) {
        ReplicationSeen seen = draft.seen().replication(m.id(), s.leg().attempt());
        Progress now = seen.fresh(draft, settings);
        MigrationOptions options = m.plan().options();
        if (now == null || now.atMillis() - now.since().atMillis() < options.convergeMillis()) {
            return false;
        }
        draft.see(draft.seen().with(m.id(), seen.with(now.fromNowOn())));
        if (now.lag() <= options.catchUpLagRecords() || comesNearer(now)) {
            return false;
        }
        switch (s.leg()) {
            case Leg.Forward f -> {
                if (!f.effort().limitLifted() && (options.rowsPerSecond() > 0 || options.copyTargetP99Millis() > 0)) {
                    draft.emit(outrun(m, Remedy.LIFT_LIMIT, now));
                } else if (!f.effort().braked()) {
                    draft.emit(outrun(m, Remedy.BRAKE_SOURCE, now));
                    draft.emit(new Event.DualWriteStarted(m.id()));
                } else {
                    giveUp(draft, m, s.leg(), now);
                }
            }
            case Leg.Reverse r -> {
                // Verification brakes the owner as well, and ends by the bound on its cutover's deferral.
                draft.emit(outrun(m, Remedy.BRAKE_SOURCE, now));
                draft.emit(new Event.VerificationStarted(m.id(), s.round() + 1, List.of()));
            }
        }
        return true;
    }

    private static boolean comesNearer(Progress now) {
        long applied = now.position() - now.since().position();
        long written = now.sourceEnd() - now.since().sourceEnd();
        return applied > 0 && applied * PARTS >= written * (PARTS + 1);
    }

    /** The source is braked, and still the lag does not stay small. */
    boolean dualWriting(Draft draft, Migration m, DualWriting s) {
        Progress now = draft.seen().replication(m.id(), s.leg().attempt()).fresh(draft, settings);
        MigrationOptions options = m.plan().options();
        boolean over = draft.nowMillis() - s.sinceMillis()
                >= (long) options.convergeMillis() + options.dualWriteStableMillis();
        if (now == null || !over || now.lag() <= options.catchUpLagRecords()) {
            return false;
        }
        giveUp(draft, m, s.leg(), now);
        return true;
    }

    private static void giveUp(Draft draft, Migration m, Leg leg, Progress now) {
        Event.ReplicationOutrun outrun = outrun(m, Remedy.GIVE_UP, now);
        draft.emit(outrun);
        Progression.giveUp(
                draft,
                m,
                leg,
                "the writes outrun the replay: " + outrun.writtenPerSecond() + " records/s written, "
                        + outrun.appliedPerSecond() + " records/s applied, " + outrun.lagRecords()
                        + " records behind, although the source was braked; move the range when less is written, or a"
                        + " smaller one");
    }

    private static Event.ReplicationOutrun outrun(Migration m, Remedy remedy, Progress now) {
        Standing before = now.since();
        long millis = Math.max(1, now.atMillis() - before.atMillis());
        return new Event.ReplicationOutrun(
                m.id(),
                remedy,
                now.lag(),
                Math.max(0, now.sourceEnd() - before.sourceEnd()) * 1000 / millis,
                Math.max(0, now.position() - before.position()) * 1000 / millis,
                millis);
    }

    /** Never again and again without an end: a replica that falls silent so often will do so again. */
    static void checkLosses(Draft draft, Migration m, int lost, String reason) {
        int most = m.plan().options().maxDualWriteLosses();
        if (lost > most) {
            Progression.abort(
                    draft,
                    m,
                    "the dual-write was lost " + lost + " times, " + most + " are allowed; at last because " + reason
                            + ": look at the worker of " + m.plan().to());
        }
    }

    /** A cutover that does not fit the budget is waited for, but not for ever: writers are braked meanwhile. */
    boolean verified(Draft draft, Migration m, Verified s) {
        MigrationOptions options = m.plan().options();
        long waited = draft.nowMillis() - s.sinceMillis();
        if (waited < options.maxDeferralMillis()) {
            return false;
        }
        Progress now = draft.seen().replication(m.id(), s.leg().attempt()).fresh(draft, settings);
        Progression.giveUp(
                draft,
                m,
                s.leg(),
                "the cutover was deferred for " + waited / 1000 + " s: "
                        + (now == null
                                ? m.replica() + " does not say how far it is; look at its worker"
                                : "it would stall clients for " + now.predictedStallMicros(settings) / 1000 + " ms, "
                                        + options.maxStallMillis()
                                        + " ms are allowed; allow more with --max-stall, or move the range when less is"
                                        + " written"));
        return true;
    }
}
