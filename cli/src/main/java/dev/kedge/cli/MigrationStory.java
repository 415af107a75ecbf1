package dev.kedge.cli;

import dev.kedge.model.Phase;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a migration, read off its events: its phases with their times, what verification found, its cutovers.
 *
 * @param phases in order; one may come several times
 * @param divergences of rounds that named keys
 * @param outruns times the replica did not come nearer, and what was done about it
 * @param deferral why the cutover waits; null if it does not
 * @param attempt of the last replication begun
 */
record MigrationStory(
        List<PhaseTime> phases,
        List<Verification> verifications,
        List<Event.DivergenceFound> divergences,
        List<Event.ReplicationOutrun> outruns,
        List<Cutover> cutovers,
        Event.@Nullable CutoverDeferred deferral,
        int attempt) {
    MigrationStory {
        divergences = List.copyOf(divergences);
        outruns = List.copyOf(outruns);
        phases = List.copyOf(phases);
        verifications = List.copyOf(verifications);
        cutovers = List.copyOf(cutovers);
    }

    /** @param endMillis null while the phase lasts */
    record PhaseTime(
            Phase phase, long startMillis, @Nullable Long endMillis) {
        long millis(long nowMillis) {
            return (endMillis == null ? nowMillis : endMillis) - startMillis;
        }
    }

    /** A round in which both sides were equal. */
    record Verification(int round, long markerOffset, long rows, long bytes, long digest) {}

    /**
     * @param reverse whether it was the way back
     * @param version the routing version that moved the range; -1 until it is known
     * @param completed null until the new owner serves
     */
    record Cutover(
            boolean reverse, long version, long predictedStallMicros, Event.@Nullable CutoverCompleted completed) {}

    static MigrationStory of(List<EventEnvelope> history) {
        List<PhaseTime> phases = new ArrayList<>();
        List<Verification> verifications = new ArrayList<>();
        List<Event.DivergenceFound> divergences = new ArrayList<>();
        List<Event.ReplicationOutrun> outruns = new ArrayList<>();
        List<Cutover> cutovers = new ArrayList<>();
        Event.CutoverDeferred deferral = null;
        int attempt = 0;
        for (EventEnvelope envelope : history) {
            if (!(envelope.event() instanceof Event.OfMigration event)) {
                continue;
            }
            Phase phase = phaseAfter(event);
            if (phase != null) {
                deferral = null; // it went on
                enter(phases, phase, envelope.timeMillis());
            }
            switch (event) {
                case Event.CopyStarted e -> attempt = e.attempt();
                case Event.RecopyStarted e -> attempt = e.attempt();
                case Event.RollbackWindowOpened e -> attempt = e.attempt();
                case Event.Verified e ->
                    verifications.add(new Verification(e.round(), e.markerOffset(), e.rows(), e.bytes(), e.digest()));
                case Event.DivergenceFound e -> {
                    if (!e.owner().isEmpty() || !e.replica().isEmpty()) {
                        divergences.add(e);
                    }
                }
                case Event.ReplicationOutrun e -> outruns.add(e);
                case Event.CutoverDeferred e -> deferral = e;
                case Event.CutoverCommitted e ->
                    cutovers.add(new Cutover(e.reverse(), -1, e.predictedStallMicros(), null));
                case Event.CutoverVersioned e -> {
                    Cutover last = cutovers.removeLast();
                    cutovers.add(new Cutover(last.reverse, e.version(), last.predictedStallMicros, null));
                }
                case Event.CutoverCompleted e -> {
                    Cutover last = cutovers.removeLast();
                    cutovers.add(new Cutover(last.reverse, e.version(), last.predictedStallMicros, e));
                }
                default -> {} // only phases come of the others
            }
        }
        return new MigrationStory(phases, verifications, divergences, outruns, cutovers, deferral, attempt);
    }

    private static void enter(List<PhaseTime> phases, Phase phase, long timeMillis) {
        if (!phases.isEmpty()) {
            PhaseTime last = phases.getLast();
            if (last.phase == phase) {
                return;
            }
            phases.removeLast();
            phases.add(new PhaseTime(last.phase, last.startMillis, timeMillis));
        }
        phases.add(new PhaseTime(phase, timeMillis, phase.isTerminal() ? timeMillis : null));
    }

    /** The phase an event leads to; null if it leads to none. */
    private static @Nullable Phase phaseAfter(Event.OfMigration event) {
        return switch (event) {
            case Event.MigrationPlanned e -> Phase.PLANNED;
            case Event.CopyStarted e -> Phase.COPYING;
            case Event.RecopyStarted e -> Phase.COPYING;
            case Event.CatchUpStarted e -> Phase.CATCHING_UP;
            case Event.DualWriteLost e -> Phase.CATCHING_UP;
            case Event.RollbackStarted e -> Phase.CATCHING_UP;
            case Event.DualWriteStarted e -> Phase.DUAL_WRITE;
            case Event.VerificationStarted e -> Phase.VERIFYING;
            case Event.CutoverCommitted e -> Phase.CUTOVER;
            case Event.RollbackWindowOpened e -> Phase.ROLLBACK_WINDOW;
            case Event.RollbackStopped e -> Phase.ROLLBACK_WINDOW;
            case Event.CleanupStarted e -> Phase.CLEANUP;
            case Event.MigrationCompleted e -> Phase.COMPLETED;
            case Event.MigrationAborted e -> Phase.ABORTED;
            case Event.MigrationRolledBack e -> Phase.ROLLED_BACK;
            case Event.Verified e -> null;
            case Event.VerificationSkipped e -> null;
            case Event.DivergenceFound e -> null;
            case Event.ReplicationOutrun e -> null;
            case Event.CutoverDeferred e -> null;
            case Event.CutoverVersioned e -> null;
            case Event.SourceFenced e -> null;
            case Event.CutoverCompleted e -> null;
            case Event.MigrationPaused e -> null;
            case Event.MigrationResumed e -> null;
        };
    }
}
