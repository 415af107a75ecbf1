package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When migrations go on, and when they wait. */
final class ProgressionTest {
    private Cell cell = Cell.ready();

    private String started() {
        return cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
    }

    // --- admission ---

    @Test
    void waitsUntilTheDestinationServes() {
        cell.time(60_000);
        String id = started();
        assertThat(cell.phase(id)).isEqualTo(Phase.PLANNED);
        assertThat(cell.heartbeat("w2")).isEmpty(); // alive, but without s2
        assertThat(cell.report(heartbeatOf("s2", 1, Report.ShardState.OPENING))).isEmpty();
        assertThat(cell.report(heartbeatOf("s2", 2, Report.ShardState.SERVING))).isEmpty(); // not the epoch assigned
        assertThat(cell.heartbeat("w2", "s2")).containsExactly(new Event.CopyStarted(id, 1));
    }

    private Report heartbeatOf(String shard, long epoch, Report.ShardState state) {
        return new Report.Heartbeat(
                "w2",
                7,
                "localhost",
                7000,
                cell.now,
                List.of(new Report.ShardStatus(shard, epoch, state, "starting", 0, 0, 0, List.of())));
    }

    @Test
    void noMoreAtATimeThanTheLimitsAllow() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(cell.start("hash", "s1", "s2", slot(0x400 * i), slot(0x400 * (i + 1))));
        }
        assertThat(cell.phase(ids.get(1))).isEqualTo(Phase.COPYING);
        assertThat(cell.phase(ids.get(2))).isEqualTo(Phase.PLANNED); // two per shard
        cell.time(100);
        assertThat(cell.phase(ids.get(2))).isEqualTo(Phase.PLANNED);
        cell.bringTo(ids.get(0), Phase.ROLLBACK_WINDOW); // an open window does not count
        assertThat(cell.heartbeat("w2", "s2")).containsExactly(new Event.CopyStarted(ids.get(2), 1));
    }

    @Test
    void aBacklogOfOldHeartbeatsAdmitsNothing() {
        cell.time(60_000);
        String id = started();
        long now = cell.now;
        cell.now = now - 30_000; // read now, written then
        cell.heartbeat("w2", "s2");
        cell.now = now;
        assertThat(cell.phase(id)).isEqualTo(Phase.PLANNED);
    }

    // --- copy, catch-up, dual-write ---

    @Test
    void theCopyEndsWhereTheSourceEndedAtItsStart() {
        String id = started();
        assertThat(cell.progress(id, 0, 5_000)).isEmpty();
        assertThat(cell.progress(id, 4_999, 7_000)).isEmpty();
        assertThat(cell.progress(id, 5_000, 9_000)).containsExactly(new Event.CatchUpStarted(id, 4_000));
    }

    @Test
    void anEmptySourceIsCopiedAtOnce() {
        String id = started();
        assertThat(cell.progress(id, 3, 3))
                .containsExactly(new Event.CatchUpStarted(id, 0), new Event.DualWriteStarted(id));
    }

    @Test
    void dualWriteMustStaySmallForTheWholeTime() {
        String id = started();
        cell.bringTo(id, Phase.DUAL_WRITE);
        cell.time(400);
        assertThat(cell.progress(id, 9_000, 90_000)).isEmpty(); // too far behind: the count starts again
        cell.time(200);
        assertThat(cell.progress(id, 90_000, 90_000)).isEmpty();
        assertThat(cell.time(499)).isEmpty();
        assertThat(cell.time(1)).containsExactly(new Event.VerificationStarted(id, 1, List.of()));
    }

    @Test
    void oldProgressDecidesNothing() {
        String id = started();
        cell.bringTo(id, Phase.DUAL_WRITE);
        assertThat(cell.time(10_000)).isEmpty();
        assertThat(cell.progress(id, 9_000, 9_000)).containsExactly(new Event.VerificationStarted(id, 1, List.of()));
    }

    // --- verification ---

    @Test
    void onlyDigestsOfOneMarkerAreCompared() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        assertThat(cell.digest(id, true, 1, 1_000, 1, 2)).isEmpty();
        assertThat(cell.digest(id, false, 1, 1_500, 9, 9)).isEmpty(); // the owner restarted: a second marker
        assertThat(cell.digest(id, true, 1, 1_500, 9, 9)).first().isInstanceOf(Event.Verified.class);
    }

    @Test
    void aRoundWithoutTwoDigestsIsAskedAgainAfterLongerAndLonger() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        assertThat(cell.time(29_999)).isEmpty();
        assertThat(cell.time(1)).containsExactly(new Event.VerificationStarted(id, 2, List.of()));
        assertThat(cell.time(59_999)).isEmpty();
        assertThat(cell.time(1)).containsExactly(new Event.VerificationStarted(id, 3, List.of()));
    }

    @Test
    void aRestartedWorkerIsAskedAgainAtOnce() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        assertThat(cell.heartbeat("w2", 8, "s2"))
                .containsExactly(
                        new Event.WorkerJoined("w2", 8, "localhost", 7000),
                        new Event.VerificationStarted(id, 2, List.of()));
        assertThat(cell.digest(id, true, 1, 1_000, 1)).isEmpty(); // of the round before
    }

    @Test
    void divergenceThatGoesAwayIsNoReasonToStop() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        cell.digest(id, true, 1, 1_000, 1, 2);
        assertThat(cell.digest(id, false, 1, 1_000, 1, 3))
                .containsExactly(
                        new Event.DivergenceFound(id, 1, List.of(1), List.of(), List.of()),
                        new Event.VerificationStarted(id, 2, List.of(1)));
        cell.digest(id, true, 2, 2_000, 5, 6);
        assertThat(cell.digest(id, false, 2, 2_000, 5, 6)).first().isInstanceOf(Event.Verified.class);
    }

    @Test
    void divergenceAbortsWhenThatIsAskedFor() {
        MigrationOptions o = Cell.OPTIONS;
        String id = cell.start(
                "hash",
                "s1",
                "s2",
                Bytes.EMPTY,
                slot(1),
                new MigrationOptions(
                        o.maxStallMillis(),
                        o.rollbackWindowMillis(),
                        0,
                        o.catchUpLagRecords(),
                        o.dualWriteStableMillis(),
                        o.dualWriteTimeoutMillis(),
                        o.takeoverMillis(),
                        5,
                        MigrationOptions.OnDivergence.ABORT));
        cell.bringTo(id, Phase.VERIFYING);
        for (int round = 1; round <= 2; round++) {
            cell.digest(id, true, round, 1_000, 1, 2);
            cell.digest(id, false, round, 1_000, 1, 3);
        }
        assertThat(cell.phase(id)).isEqualTo(Phase.CLEANUP);
        cell.evicted(id);
        assertThat(cell.phase(id)).isEqualTo(Phase.ABORTED);
        assertThat(cell.routing.route("hash", Bytes.EMPTY).shard()).isEqualTo("s1");
    }

    @Test
    void divergenceOnTheWayBackKeepsTheWindowOpenForItsFullLength() {
        String id = started();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.time(500_000);
        cell.command(new Command.RollbackMigration(id, "back"));
        cell.bringTo(id, Phase.VERIFYING);
        for (int round = 1; round <= 2; round++) {
            cell.digest(id, true, round, 1_000, 1, 2);
            cell.digest(id, false, round, 1_000, 1, 3);
        }
        assertThat(cell.phase(id)).isEqualTo(Phase.ROLLBACK_WINDOW);
        assertThat(cell.time(599_999)).isEmpty();
        assertThat(cell.time(1)).first().isInstanceOf(Event.CleanupStarted.class);
    }

    // --- cutover ---

    @Test
    void cutsOverOnlyWithinTheStallBudget() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        // A backlog of 20,000 worked off at 10,000 records a second.
        cell.progress(id, 20_000, 40_000);
        cell.time(1_000);
        cell.progress(id, 30_000, 42_000);
        List<Event> decided = cell.equalDigests(id);
        assertThat(decided.get(1)).isEqualTo(new Event.CutoverDeferred(id, 1_205_000, 100));
        assertThat(cell.progress(id, 30_100, 42_000)).isEmpty(); // said once
        cell.time(30_000);
        assertThat(cell.progress(id, 40_000, 42_000)).hasOnlyElementsOfType(Event.CutoverDeferred.class);
        assertThat(cell.progress(id, 41_950, 42_000)).singleElement().satisfies(e -> {
            assertThat(e).isInstanceOf(Event.CutoverCommitted.class);
            assertThat(((Event.CutoverCommitted) e).predictedStallMicros()).isLessThanOrEqualTo(100_000);
        });
    }

    @Test
    void anIdleSourceDoesNotMakeTheReplicaLookSlow() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        for (int i = 0; i < 5; i++) {
            cell.time(200);
            cell.progress(id, 9_200 + i, 9_203 + i); // five records a second, three behind
        }
        assertThat(cell.equalDigests(id).get(1)).isEqualTo(new Event.CutoverCommitted(id, false, 5_150));
    }

    @Test
    void reportsThatOvertakeTheRoutingRecordCountOnceItIsSeen() {
        String id = started();
        cell.bringTo(id, Phase.CUTOVER);
        long version = cell.version;
        assertThat(cell.report(new Report.Fenced("s1", id, 1, version, 10))).isEmpty();
        assertThat(cell.report(new Report.CutoverServed("s2", id, 1, version, 20, 10, 900, 3)))
                .isEmpty();
        assertThat(cell.observeRouting())
                .extracting(e -> e.getClass().getSimpleName())
                .containsExactly("CutoverVersioned", "SourceFenced", "CutoverCompleted", "RollbackWindowOpened");
    }

    @Test
    void aSilentFormerOwnerIsNotWaitedFor() {
        String id = started();
        cell.bringTo(id, Phase.CUTOVER);
        cell.observeRouting();
        assertThat(cell.served(id))
                .extracting(e -> e.getClass().getSimpleName())
                .containsExactly("CutoverCompleted", "RollbackWindowOpened");
    }

    @Test
    void anOlderCutoverRecordIsNotTakenForThisOne() {
        String id = started();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        Cell.Routed forward = cell.routed.stream()
                .filter(r -> String.valueOf(r.record()).contains("phase=CUTOVER"))
                .findFirst()
                .orElseThrow();
        cell.command(new Command.RollbackMigration(id, "back"));
        cell.bringTo(id, Phase.CUTOVER);
        assertThat(cell.input(new Input.RoutingObserved(forward.version(), forward.key(), forward.record(), cell.now)))
                .isEmpty();
        assertThat(cell.observeRouting()).containsExactly(new Event.CutoverVersioned(id, cell.version));
    }

    // --- window ---

    @Test
    void theWindowEndsByTime() {
        String id = started();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        assertThat(cell.time(599_999)).isEmpty();
        assertThat(cell.time(1)).hasSize(1);
        assertThat(cell.phase(id)).isEqualTo(Phase.CLEANUP);
    }

    @Test
    void noWindowIsAWindowOfNoLength() {
        MigrationOptions o = Cell.OPTIONS;
        String id = cell.start(
                "hash",
                "s1",
                "s2",
                Bytes.EMPTY,
                slot(1),
                new MigrationOptions(100, 0, 0, 1_000, 500, 1_000, 2_000, 2, o.onDivergence()));
        cell.bringTo(id, Phase.CUTOVER);
        cell.observeRouting();
        assertThat(cell.served(id))
                .extracting(e -> e.getClass().getSimpleName())
                .containsExactly("CutoverCompleted", "RollbackWindowOpened", "CleanupStarted");
    }

    @Test
    void aRollbackThatLosesItsDualWriteCanBeTriedAgain() {
        String id = started();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.RollbackMigration(id, "back"));
        cell.bringTo(id, Phase.VERIFYING);
        assertThat(cell.report(new Report.DualWriteLost("s2", id, 2, "s1 was silent")))
                .first()
                .isEqualTo(new Event.RollbackStopped(id, "s1 was silent"));
        cell.command(new Command.RollbackMigration(id, "again"));
        cell.time(1_000);
        cell.bringTo(id, Phase.ROLLED_BACK);
        assertThat(cell.routing.route("hash", Bytes.EMPTY).shard()).isEqualTo("s1");
    }

    @Test
    void whatWasSeenOfAMigrationIsForgottenWithIt() {
        String id = started();
        cell.bringTo(id, Phase.COMPLETED);
        assertThat(cell.plane.observations().replications()).isEmpty();
    }
}
