package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.DigestBuckets;
import dev.kedge.model.Phase;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.Remedy;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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

    // --- convergence ---

    /** Ten seconds in which 10,000 records are written and {@code applied} of them and of the backlog are applied. */
    private List<Event> tenSeconds(String id, long applied) {
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            cell.time(2_000);
            written += 2_000;
            position += applied / 5;
            decided.addAll(cell.progress(id, position, written));
        }
        return decided;
    }

    private long written = 9_000;
    private long position = 5_000;

    @Test
    void writesThatOutrunTheReplayAreBrakedAndThenTheMigrationEndsWithTheReason() {
        String id = limited(500);
        cell.bringTo(id, Phase.CATCHING_UP);
        cell.progress(id, position, written); // 4,000 behind: it is watched from here on
        assertThat(tenSeconds(id, 5_000)).isEmpty();
        assertThat(tenSeconds(id, 5_000)).isEmpty();
        assertThat(tenSeconds(id, 5_000))
                .containsExactly(new Event.ReplicationOutrun(id, Remedy.LIFT_LIMIT, 19_000, 1_000, 500, 30_000));
        assertThat(limitInRouting()).isZero();
        tenSeconds(id, 8_000);
        tenSeconds(id, 8_000);
        assertThat(tenSeconds(id, 8_000))
                .containsExactly(
                        new Event.ReplicationOutrun(id, Remedy.BRAKE_SOURCE, 25_000, 1_000, 800, 30_000),
                        new Event.DualWriteStarted(id));
        tenSeconds(id, 9_000);
        tenSeconds(id, 9_000);
        assertThat(tenSeconds(id, 9_000)).isEmpty();
        List<Event> end = cell.time(500);
        assertThat(end.getFirst())
                .isEqualTo(new Event.ReplicationOutrun(id, Remedy.GIVE_UP, 28_000, 1_000, 900, 28_000));
        assertThat(((Event.CleanupStarted) end.getLast()).reason())
                .contains("1000 records/s written, 900 records/s applied, 28000 records behind");
        cell.evicted(id);
        assertThat(cell.phase(id)).isEqualTo(Phase.ABORTED);
        assertThat(cell.routing.route("hash", Bytes.EMPTY).shard()).isEqualTo("s1");
    }

    @Test
    void aReplicaThatComesNearerIsLeftAlone() {
        String id = started();
        cell.bringTo(id, Phase.CATCHING_UP);
        written = 200_000;
        cell.progress(id, position, written);
        for (int i = 0; i < 30; i++) {
            assertThat(tenSeconds(id, 15_000)).isEmpty();
        }
    }

    @Test
    void theBrakeThatWorksLeadsOn() {
        String id = started();
        cell.bringTo(id, Phase.CATCHING_UP);
        cell.progress(id, position, written);
        for (int i = 0; i < 5; i++) {
            tenSeconds(id, 9_000); // the copy's limits are lifted meanwhile
        }
        assertThat(tenSeconds(id, 9_000)).last().isEqualTo(new Event.DualWriteStarted(id));
        assertThat(tenSeconds(id, 13_000)).isEmpty(); // still more behind than is small
        assertThat(cell.progress(id, written, written)).isEmpty();
        assertThat(cell.time(500)).containsExactly(new Event.VerificationStarted(id, 1, List.of()));
    }

    @Test
    void whatIsPausedIsNotJudged() {
        String id = started();
        cell.bringTo(id, Phase.CATCHING_UP);
        cell.progress(id, position, written);
        cell.command(new Command.PauseMigration(id));
        for (int i = 0; i < 6; i++) {
            assertThat(tenSeconds(id, 0)).isEmpty();
        }
        cell.command(new Command.ResumeMigration(id));
        assertThat(tenSeconds(id, 10_000)).isEmpty();
        assertThat(tenSeconds(id, 10_000)).isEmpty();
    }

    @Test
    void aDualWriteIsNotLostForEver() {
        String id = started();
        for (int lost = 1; lost <= 5; lost++) {
            cell.bringTo(id, Phase.DUAL_WRITE);
            assertThat(cell.report(new Report.DualWriteLost("s1", id, 1, "s2 was silent for 1000 ms")))
                    .containsExactly(new Event.DualWriteLost(id, "s2 was silent for 1000 ms"));
            assertThat(cell.time((1_000 << (lost - 1)) - 1)).isEmpty();
            assertThat(cell.progress(id, 9_000, 9_000)).as("longer and longer").isEmpty();
            cell.time(1);
        }
        cell.bringTo(id, Phase.DUAL_WRITE);
        assertThat(cell.report(new Report.DualWriteLost("s1", id, 1, "s2 was silent for 1000 ms")))
                .last()
                .satisfies(e -> assertThat(((Event.CleanupStarted) e).reason())
                        .contains("lost 6 times, 5 are allowed", "s2 was silent for 1000 ms"));
    }

    @Test
    void theWayBackIsNotLimitedAndIsBrakedToo() {
        String id = limited(500);
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.RollbackMigration(id, "back"));
        assertThat(limitInRouting()).isZero();
        cell.progress(id, position, written);
        tenSeconds(id, 9_000);
        tenSeconds(id, 9_000);
        assertThat(tenSeconds(id, 9_000))
                .containsExactly(
                        new Event.ReplicationOutrun(id, Remedy.BRAKE_SOURCE, 7_000, 1_000, 900, 30_000),
                        new Event.VerificationStarted(id, 1, List.of()));
    }

    private String limited(int rowsPerSecond) {
        return cell.start(
                "hash",
                "s1",
                "s2",
                Bytes.EMPTY,
                slot(0x1000),
                new MigrationOptions(
                        100, 600_000, rowsPerSecond, 1_000, 500, 1_000, 2_000, 2, Cell.OPTIONS.onDivergence()));
    }

    private int limitInRouting() {
        return Objects.requireNonNull(
                        cell.routing.route("hash", Bytes.EMPTY).route().migration())
                .rowsPerSecond();
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

    /** A list of a thousand keys may have been cut: they are looked for in finer buckets. */
    @Test
    void keysThatDoNotFitIntoTheListsAreFoundInAFurtherRound() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        detailed(id, true, 1, sums(7, 0), List.of());
        assertThat(detailed(id, false, 1, sums(8, 0), List.of()))
                .last()
                .isEqualTo(new Event.VerificationStarted(id, 2, List.of(3)));
        detailed(id, true, 2, sums(7, 70), keys(1_000, 1));
        assertThat(detailed(id, false, 2, sums(8, 80), keys(1_000, 1)))
                .containsExactly(
                        new Event.DivergenceFound(id, 2, List.of(3), List.of(), List.of()),
                        new Event.VerificationStarted(
                                id, 3, List.of(DigestBuckets.COARSE + 3 * DigestBuckets.FINE + 5)));
        detailed(id, true, 3, sums(7, 0), keys(5, 1));
        assertThat(detailed(id, false, 3, sums(8, 0), keys(5, 2)))
                .startsWith(new Event.DivergenceFound(id, 3, List.of(3), keys(1, 1), keys(1, 2)))
                .last()
                .isInstanceOf(Event.RecopyStarted.class);
    }

    @Test
    void noKeyIsCalledMissingPastTheEndOfAListThatWasCut() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        detailed(id, true, 1, sums(7, 0), List.of());
        detailed(id, false, 1, sums(8, 0), List.of());
        detailed(id, true, 2, sums(7, 0), keys(1_000, 1)); // ends with key 999
        List<Report.KeyDigest> theirs = new ArrayList<>(keys(1_001, 1));
        theirs.remove(500); // so that their list, cut at the same length, ends with key 1000
        assertThat(detailed(id, false, 2, sums(8, 0), theirs))
                .startsWith(new Event.DivergenceFound(
                        id, 2, List.of(3), List.of(keys(1_000, 1).get(500)), List.of()));
    }

    /** Bucket 3 and its sixth fine bucket. */
    private static List<Long> sums(long third, long sixthOfThird) {
        Long[] sums = new Long[DigestBuckets.COARSE + DigestBuckets.FINE];
        Arrays.fill(sums, 0L);
        sums[3] = third;
        sums[DigestBuckets.COARSE + 5] = sixthOfThird;
        return List.of(sums);
    }

    /** Only the first key's digest is {@code first}. */
    private static List<Report.KeyDigest> keys(int count, long first) {
        List<Report.KeyDigest> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(new Report.KeyDigest(Bytes.utf8(String.format("%04d", i)), i == 0 ? first : 0));
        }
        return keys;
    }

    private List<Event> detailed(
            String id, boolean owner, int round, List<Long> buckets, List<Report.KeyDigest> details) {
        String shard = owner ? cell.migration(id).owner() : cell.migration(id).replica();
        return cell.report(new Report.Digest(shard, id, 1, round, 1_000, 5, 500, buckets, details));
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
    void aCutoverThatNeverFitsTheBudgetIsGivenUpWithTheReason() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        cell.progress(id, 20_000, 40_000);
        assertThat(cell.equalDigests(id)).last().isEqualTo(new Event.CutoverDeferred(id, 1_005_000, 100));
        for (int i = 1; i < 600; i++) {
            cell.time(1_000);
            assertThat(cell.progress(id, 20_000 + i, 40_000)).allMatch(Event.CutoverDeferred.class::isInstance);
        }
        cell.time(1_000);
        assertThat(cell.phase(id)).isEqualTo(Phase.CLEANUP);
        assertThat(((Event.CleanupStarted) cell.events.getLast().event()).reason())
                .contains("deferred for 600 s", "100 ms are allowed", "--max-stall");
    }

    @Test
    void aSilentReplicaDoesNotKeepACutoverWaitingForEver() {
        String id = started();
        cell.bringTo(id, Phase.VERIFYING);
        cell.progress(id, 20_000, 40_000);
        cell.equalDigests(id);
        cell.time(599_999);
        assertThat(cell.phase(id)).isEqualTo(Phase.VERIFYING);
        assertThat(cell.time(1))
                .singleElement()
                .satisfies(
                        e -> assertThat(((Event.CleanupStarted) e).reason()).contains("s2 does not say how far it is"));
    }

    @Test
    void aDeferralOnTheWayBackEndsInTheWindow() {
        String id = started();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.RollbackMigration(id, "back"));
        cell.bringTo(id, Phase.VERIFYING);
        cell.progress(id, 20_000, 40_000);
        assertThat(cell.equalDigests(id)).last().isInstanceOf(Event.CutoverDeferred.class);
        assertThat(cell.time(600_000)).first().isInstanceOf(Event.RollbackStopped.class);
        assertThat(cell.phase(id)).isEqualTo(Phase.ROLLBACK_WINDOW);
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
