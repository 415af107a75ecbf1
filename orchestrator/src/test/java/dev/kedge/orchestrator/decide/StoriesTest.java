package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The main stories, whole: {@code >} a command, {@code <} a report, {@code +} time; indented what follows; {@code @} a routing record. */
final class StoriesTest {
    private final List<String> lines = new ArrayList<>();
    private final Cell cell = new Cell();
    private String id = "";

    private void begin() {
        cell.makeReady();
        cell.transcript = lines::add;
        id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x1000));
    }

    @Test
    void setup() {
        cell.transcript = lines::add;
        cell.makeReady();
        cell.command(new Command.SplitTablet("hash", slot(0x3000)));
        cell.command(new Command.MergeTablets("hash", slot(0x3000)));
        Transcript.check("setup", lines);
    }

    @Test
    void forward() {
        begin();
        cell.bringTo(id, Phase.COMPLETED);
        Transcript.check("forward", lines);
    }

    @Test
    void forwardWithARestartOfTheControlPlaneInEachPhase() {
        begin();
        for (Phase phase : List.of(
                Phase.COPYING,
                Phase.CATCHING_UP,
                Phase.DUAL_WRITE,
                Phase.VERIFYING,
                Phase.CUTOVER,
                Phase.ROLLBACK_WINDOW,
                Phase.CLEANUP,
                Phase.COMPLETED)) {
            cell.bringTo(id, phase);
            cell.restart();
        }
        Transcript.check("restarts", lines);
    }

    @Test
    void abortWhileVerifying() {
        begin();
        cell.bringTo(id, Phase.VERIFYING);
        cell.command(new Command.AbortMigration(id, "changed my mind"));
        cell.evicted(id);
        Transcript.check("abort", lines);
    }

    @Test
    void rollback() {
        begin();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.progress(id, 2_500, 2_500);
        cell.command(new Command.RollbackMigration(id, "the destination is slow"));
        cell.bringTo(id, Phase.ROLLED_BACK);
        Transcript.check("rollback", lines);
    }

    @Test
    void rollbackBeforeTheFormerOwnerIsNear() {
        begin();
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.PauseMigration(id));
        cell.command(new Command.RollbackMigration(id, "at once"));
        cell.progress(id, 2_000, 9_000);
        cell.progress(id, 8_900, 9_000);
        cell.bringTo(id, Phase.ROLLED_BACK);
        Transcript.check("rollback-of-a-lagging-copy", lines);
    }

    @Test
    void divergenceIsNamedThenCopiedAgainThenAborted() {
        begin();
        for (int attempt = 1; attempt <= 2; attempt++) {
            cell.bringTo(id, Phase.VERIFYING);
            cell.progress(id, 9_100, 9_100);
            cell.digest(id, true, 1, 9_050, 7, 8, 9);
            cell.digest(id, false, 1, 9_050, 7, 0, 9);
            detailed(true, 71, 72);
            detailed(false, 71, 99);
        }
        cell.evicted(id);
        Transcript.check("divergence", lines);
    }

    private void detailed(boolean owner, long first, long second) {
        Migration m = cell.migration(id);
        String shard = owner ? m.owner() : m.replica();
        cell.report(new Report.Digest(
                shard,
                id,
                cell.attempt(id),
                2,
                9_100,
                5,
                500,
                List.of(7L, first + second, 9L),
                List.of(new Report.KeyDigest(Bytes.utf8("a"), first), new Report.KeyDigest(Bytes.utf8("b"), second))));
    }

    @Test
    void dualWriteIsLostAndFoundAgain() {
        begin();
        cell.bringTo(id, Phase.DUAL_WRITE);
        cell.report(new Report.DualWriteLost("s1", id, 1, "s2 was silent for 1000 ms"));
        cell.progress(id, 9_000, 9_000);
        cell.time(1_000);
        cell.progress(id, 9_000, 9_000);
        cell.bringTo(id, Phase.VERIFYING);
        cell.report(new Report.DualWriteLost("s1", id, 1, "s2 was silent for 1000 ms"));
        cell.time(2_000); // longer each time
        cell.bringTo(id, Phase.CUTOVER);
        Transcript.check("dual-write-lost", lines);
    }

    @Test
    void writesOutrunTheReplay() {
        begin();
        cell.bringTo(id, Phase.CATCHING_UP);
        for (int seconds = 0; seconds <= 96; seconds += 4) { // 1,000 records a second are written, 750 applied
            cell.progress(id, 5_000 + 750 * seconds, 9_000 + 1_000 * seconds);
            cell.time(4_000);
        }
        cell.evicted(id);
        Transcript.check("outrun", lines);
    }

    @Test
    void pauseInEachPhaseThatCanBePaused() {
        begin();
        for (Phase phase :
                List.of(Phase.COPYING, Phase.CATCHING_UP, Phase.DUAL_WRITE, Phase.VERIFYING, Phase.ROLLBACK_WINDOW)) {
            cell.bringTo(id, phase);
            cell.command(new Command.PauseMigration(id));
            cell.progress(id, 9_200, 9_200);
            cell.time(4_000);
            cell.command(new Command.ResumeMigration(id));
        }
        Transcript.check("pause", lines);
    }

    @Test
    void theReplicaFails() {
        begin();
        cell.bringTo(id, Phase.COPYING);
        cell.report(new Report.ReplicationFailed("s2", id, 1, "the disk is full"));
        cell.evicted(id);
        id = cell.start("hash", "s1", "s2", slot(0x1000), slot(0x2000));
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.report(new Report.ReplicationFailed("s1", id, 2, "the disk is full"));
        cell.report(new Report.ReplicationFailed("s1", id, 2, "the disk is full"));
        cell.command(new Command.RollbackMigration(id, "try"));
        cell.command(new Command.FinishMigration(id));
        cell.evicted(id);
        Transcript.check("replica-fails", lines);
    }
}
