package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.MigrationState;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.routing.RoutingRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is given up, when, and who takes over. w1 has s1, w2 has s2; a worker is lost after 10 s, a failing shard after 60 s. */
final class FailoverTest {
    private final Cell cell = new Cell();

    @BeforeEach
    void ready() {
        cell.makeReady();
    }

    @Test
    void aSilentWorkersShardGoesToTheWorkerWithTheFewest() {
        cell.join("w3", "s3");
        cell.heartbeat("w4");
        assertThat(cell.live(10_000, "w2", "w3", "w4")).isEmpty();
        assertThat(cell.live(1_000, "w2", "w3", "w4"))
                .containsExactly(
                        new Event.WorkerLost("w1", 7, 10_500), new Event.ShardAssigned("s1", "w4", 2, "w1 is lost"));
        assertThat(cell.routing.shard("s1"))
                .isEqualTo(new RoutingRecord.ShardRoute("s1", "w4", 2, "test.shard.s1.g1", "id-s1"));
        assertThat(cell.live(60_000, "w2", "w3", "w4")).isEmpty();
    }

    @Test
    void theShardsOfALostWorkerAreSpreadEvenly() {
        for (int i = 10; i < 15; i++) {
            cell.join("w1", "s" + i);
        }
        cell.heartbeat("w3");
        List<String> takers = cell.live(11_000, "w2", "w3").stream()
                .filter(e -> e instanceof Event.ShardAssigned)
                .map(e -> ((Event.ShardAssigned) e).worker())
                .toList();
        assertThat(takers).containsExactly("w3", "w3", "w2", "w3", "w2", "w3");
    }

    @Test
    void whileNobodyReportsNobodyIsLost() {
        cell.live(2_000, "w1", "w2");
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            decided.addAll(cell.time(100));
        }
        assertThat(decided).hasSize(1).allMatch(e -> e instanceof Event.WorkersSilent);

        // w2 finds its way back some seconds before w1 does: those count, the minute before does not.
        assertThat(cell.live(4_500, "w2")).isEmpty();
        assertThat(cell.live(20_000, "w1", "w2")).isEmpty();
    }

    @Test
    void aControlPlaneThatStoodStillHoldsItAgainstNobody() {
        cell.live(2_000, "w1", "w2");
        assertThat(cell.time(120_000)).isEmpty();
        assertThat(cell.live(20_000, "w1", "w2")).isEmpty();
    }

    @Test
    void silenceIsMeasuredFromTheStartOfTheControlPlane() {
        cell.live(9_500, "w2");
        cell.restart();
        assertThat(cell.live(10_000, "w2")).isEmpty();
        assertThat(cell.live(1_000, "w2")).hasSize(2).first().isInstanceOf(Event.WorkerLost.class);
    }

    @Test
    void aBacklogOfReportsSaysNothingAboutWhoLivesNow() {
        long then = cell.now;
        cell.now += 600_000;
        cell.restart();
        // For half a minute of the backlog w1 was not heard, long ago.
        for (int i = 0; i < 60; i++) {
            cell.input(new Input.ReportReceived(
                    new Report.Heartbeat("w2", 7, "localhost", 7000, then, List.of()), i, then + 500L * i));
            assertThat(cell.time(1)).isEmpty();
        }
        assertThat(cell.live(20_000, "w1", "w2")).isEmpty();
    }

    @Test
    void aWorkerThatComesBackIsEmptyAndNothingGoesBackToIt() {
        cell.live(11_000, "w2");
        assertThat(worker("w1").lost()).isTrue();
        assertThat(cell.beat("w1", ShardState.SERVING))
                .containsExactly(new Event.WorkerJoined("w1", 7, "localhost", 7000));
        assertThat(worker("w1").lost()).isFalse();
        assertThat(cell.live(120_000, "w1", "w2")).isEmpty();
        assertThat(cell.state().shard("s1").worker()).isEqualTo("w2");

        // It takes over in its turn.
        assertThat(cell.live(11_000, "w1"))
                .contains(new Event.ShardAssigned("s1", "w1", 3, "w2 is lost"))
                .contains(new Event.ShardAssigned("s2", "w1", 2, "w2 is lost"));
    }

    @Test
    void withNobodyToTakeItAShardWaitsAndThatIsSaidOnce() {
        cell.heartbeat("w3");
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            decided.addAll(cell.beat("w3", ShardState.FAILED));
            decided.addAll(cell.time(500));
        }
        assertThat(decided)
                .filteredOn(e -> e instanceof Event.FailoverDelayed)
                .map(e -> (Event.FailoverDelayed) e)
                .allSatisfy(e -> assertThat(e.reason())
                        .endsWith("no other worker can: w1 is lost, w2 is lost, w3 has failed with it"))
                .map(Event.FailoverDelayed::shard)
                .containsExactlyInAnyOrder("s1", "s2");
        assertThat(cell.beat("w2", ShardState.SERVING)).hasSize(1);
        assertThat(cell.live(500, "w2"))
                .filteredOn(e -> e instanceof Event.ShardAssigned)
                .map(e -> ((Event.ShardAssigned) e).worker())
                .isNotEmpty()
                .containsOnly("w2");
    }

    @Test
    void aShardThatFailsForLongIsTriedOnEachWorkerOnce() {
        cell.heartbeat("w3");
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            for (String worker : List.of("w1", "w2", "w3")) {
                boolean bad = cell.state().shard("s1").worker().equals(worker);
                decided.addAll(cell.beat(worker, bad ? ShardState.FAILED : ShardState.SERVING));
            }
            decided.addAll(cell.time(500));
        }
        assertThat(decided)
                .filteredOn(
                        e -> !(e instanceof Event.ShardAssigned a) || a.shard().equals("s1"))
                .containsExactly(
                        new Event.ShardAssigned("s1", "w3", 2, "it has failed on w1 for 60 s: the disk is broken"),
                        new Event.ShardAssigned("s1", "w2", 3, "it has failed on w3 for 60 s: the disk is broken"),
                        new Event.FailoverDelayed(
                                "s1",
                                "w2 can't host it, and no other worker can: w1 has failed with it, w2 has failed with it, "
                                        + "w3 has failed with it"));
    }

    @Test
    void aShardThatRecoversInTimeStays() {
        for (int i = 0; i < 10; i++) {
            for (int k = 0; k < 100; k++) {
                cell.beat("w1", k < 90 ? ShardState.FAILED : ShardState.SERVING);
                cell.beat("w2", ShardState.SERVING);
                assertThat(cell.time(500)).isEmpty();
            }
        }
    }

    @Test
    void aWorkerThatDoesNotTakeItsShardUpLosesIt() {
        assertThat(cell.live(1_000, "w1", "w2")).isEmpty();
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 130; i++) {
            cell.heartbeat("w1");
            cell.beat("w2", ShardState.SERVING);
            decided.addAll(cell.time(500));
        }
        assertThat(decided)
                .containsExactly(
                        new Event.ShardAssigned("s1", "w2", 2, "it has failed on w1 for 60 s: it does not take it up"));
    }

    @Test
    void aMigrationIsVerifiedAnewWhenOneOfItsShardsIsOpenedElsewhere() {
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
        cell.bringTo(id, Phase.VERIFYING);
        assertThat(cell.live(11_000, "w1"))
                .containsExactly(
                        new Event.WorkerLost("w2", 7, 10_500),
                        new Event.ShardAssigned("s2", "w1", 2, "w2 is lost"),
                        new Event.VerificationStarted(id, 2, List.of()));
    }

    /** Better than nobody: its tablets leave it again. */
    @Test
    void aDrainedWorkerTakesWhatNobodyElseCan() {
        cell.command(new Command.DrainWorker("w1", Cell.OPTIONS));
        assertThat(cell.live(11_000, "w1")).contains(new Event.ShardAssigned("s2", "w1", 2, "w2 is lost"));
    }

    @Test
    void aRollbackFromAnOwnerThatHasFailedGoesWithoutVerification() {
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.RollbackMigration(id, "it has failed"));
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 61; i++) {
            cell.beat("w1", ShardState.SERVING);
            cell.beat("w2", ShardState.FAILED);
            decided.addAll(cell.time(500));
            decided.addAll(cell.progress(id, 2_500, 2_500));
        }
        assertThat(decided)
                .containsExactly(
                        new Event.VerificationStarted(id, 1, List.of()),
                        new Event.VerificationSkipped(id, 1, "s2 has failed on w2"),
                        new Event.CutoverCommitted(id, true, 5_000));
    }

    @Test
    void aRangeOfAnOwnerThatHasFailedIsMovedUnverified() {
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
        assertThat(verifyingWhileTheOwnerIs(ShardState.FAILED, id))
                .containsExactly(
                        new Event.VerificationSkipped(id, 1, "s1 has failed on w1"),
                        new Event.CutoverCommitted(id, false, 5_000));
    }

    /** It may be replaying a long log, and is verified when it is through. */
    @Test
    void aRangeOfAnOwnerThatIsStillComingUpWaits() {
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
        assertThat(verifyingWhileTheOwnerIs(ShardState.OPENING, id))
                .containsExactly(new Event.VerificationStarted(id, 2, List.of()));
    }

    private List<Event> verifyingWhileTheOwnerIs(ShardState state, String id) {
        cell.bringTo(id, Phase.VERIFYING);
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 61; i++) {
            cell.beat("w1", state);
            cell.beat("w2", ShardState.SERVING);
            decided.addAll(cell.time(500));
            decided.addAll(cell.progress(id, 9_100, 9_100));
        }
        return decided;
    }

    @Test
    void aDivergenceIsNotPassedOverBecauseTheOwnerDied() {
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
        cell.bringTo(id, Phase.VERIFYING);
        cell.digest(id, true, 1, 1_000, 1, 3);
        cell.digest(id, false, 1, 1_000, 1, 2);
        List<Event> decided = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            cell.beat("w1", ShardState.OPENING);
            decided.addAll(cell.live(500, "w2"));
        }
        assertThat(decided).noneMatch(e -> e instanceof Event.VerificationSkipped);
        assertThat(cell.migration(id).state()).isInstanceOf(MigrationState.Verifying.class);
    }

    @Test
    void story() {
        List<String> lines = new ArrayList<>();
        cell.join("w3", "s3");
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
        cell.bringTo(id, Phase.CUTOVER);
        cell.observeRouting();
        cell.transcript = lines::add;
        cell.live(11_000, "w1", "w3"); // the destination is dead
        cell.fenced(id);
        cell.live(1_000, "w1", "w3");
        cell.served(id);
        cell.live(11_000, "w3"); // now the source
        cell.beat("w1", ShardState.SERVING);
        cell.live(1_000, "w1", "w3");
        Transcript.check("failover", lines);
    }

    private Worker worker(String name) {
        Worker worker = cell.state().worker(name);
        assertThat(worker).isNotNull();
        return worker;
    }
}
