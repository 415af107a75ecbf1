package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.cli.MigrationStory.PhaseTime;
import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.CleanupCause;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.report.Report.KeyDigest;
import dev.kedge.schemas.report.Report.ReplicaProgress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MigrationStoryTest {
    private final List<EventEnvelope> history = new ArrayList<>();

    private void at(long millis, Event event) {
        history.add(new EventEnvelope(history.size(), millis, new Cause("reports", millis), "kedge", event));
    }

    @Test
    void aMigrationThereAndBack() {
        at(0, new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        at(0, new Event.MigrationPlanned("m1", "k", Bytes.EMPTY, null, "a", "b", MigrationOptions.DEFAULTS));
        at(10, new Event.CopyStarted("m1", 1));
        at(110, new Event.CatchUpStarted("m1", 5));
        at(120, new Event.DualWriteStarted("m1"));
        at(620, new Event.VerificationStarted("m1", 1, List.of()));
        at(700, new Event.Verified("m1", 1, 42, 100, 1_000, 7));
        at(700, new Event.CutoverCommitted("m1", false, 5_000));
        at(705, new Event.CutoverVersioned("m1", 9));
        at(710, new Event.CutoverCompleted("m1", 9, 50, 43, 5_000, 6_000, 3));
        at(710, new Event.RollbackWindowOpened("m1", 2, ImportBase.KEPT, 50, 10_000));
        at(2_000, new Event.RollbackStarted("m1", "why not"));
        at(2_100, new Event.VerificationStarted("m1", 1, List.of()));
        at(2_200, new Event.Verified("m1", 1, 60, 101, 1_010, 8));
        at(2_200, new Event.CutoverCommitted("m1", true, 5_000));
        at(2_210, new Event.CutoverCompleted("m1", 12, 70, 61, 5_000, 7_000, 0));
        at(2_210, new Event.CleanupStarted("m1", "b", CleanupCause.ROLLED_BACK, "rolled back"));
        at(2_500, new Event.MigrationRolledBack("m1", "why not"));

        MigrationStory story = MigrationStory.of(history);
        assertThat(story.phases())
                .extracting(PhaseTime::phase)
                .containsExactly(
                        Phase.PLANNED,
                        Phase.COPYING,
                        Phase.CATCHING_UP,
                        Phase.DUAL_WRITE,
                        Phase.VERIFYING,
                        Phase.CUTOVER,
                        Phase.ROLLBACK_WINDOW,
                        Phase.CATCHING_UP,
                        Phase.VERIFYING,
                        Phase.CUTOVER,
                        Phase.CLEANUP,
                        Phase.ROLLED_BACK);
        assertThat(story.phases().get(1)).isEqualTo(new PhaseTime(Phase.COPYING, 10, 110L));
        assertThat(story.attempt()).isEqualTo(2);
        assertThat(story.verifications()).hasSize(2);
        assertThat(story.cutovers()).hasSize(2);
        assertThat(story.cutovers().get(0).version()).isEqualTo(9);
        assertThat(story.cutovers().get(1).reverse()).isTrue();
        assertThat(story.cutovers().get(1).version()).isEqualTo(12);
    }

    @Test
    void aPhaseThatLastsHasNoEnd() {
        at(0, new Event.MigrationPlanned("m1", "k", Bytes.EMPTY, null, "a", "b", MigrationOptions.DEFAULTS));
        at(10, new Event.CopyStarted("m1", 1));
        MigrationStory story = MigrationStory.of(history);
        assertThat(story.phases().getLast()).isEqualTo(new PhaseTime(Phase.COPYING, 10, null));
        assertThat(story.phases().getLast().millis(35)).isEqualTo(25);
    }

    @Test
    void aDeferralIsToldUntilItIsOver() {
        at(0, new Event.MigrationPlanned("m1", "k", Bytes.EMPTY, null, "a", "b", MigrationOptions.DEFAULTS));
        at(100, new Event.VerificationStarted("m1", 1, List.of()));
        at(200, new Event.CutoverDeferred("m1", 250_000, 100));
        assertThat(MigrationStory.of(history).deferral()).isEqualTo(new Event.CutoverDeferred("m1", 250_000, 100));
        at(300, new Event.CutoverCommitted("m1", false, 5_000));
        assertThat(MigrationStory.of(history).deferral()).isNull();
    }

    @Test
    void whatWasFoundAndDoneOnTheWayIsKept() {
        Event.DivergenceFound named =
                new Event.DivergenceFound("m1", 2, List.of(1), List.of(new KeyDigest(Bytes.utf8("k"), 1)), List.of());
        Event.ReplicationOutrun outrun =
                new Event.ReplicationOutrun("m1", Event.Remedy.BRAKE_SOURCE, 5_000, 1_000, 800, 30_000);
        at(0, outrun);
        at(10, new Event.DivergenceFound("m1", 1, List.of(1), List.of(), List.of()));
        at(20, named);
        MigrationStory story = MigrationStory.of(history);
        assertThat(story.outruns()).containsExactly(outrun);
        assertThat(story.divergences()).as("those that name keys").containsExactly(named);
    }

    @Test
    void theGaugeTellsPaceAndTime() {
        ReplicaGauge gauge = new ReplicaGauge("m1");
        assertThat(gauge.describe()).isEmpty();
        gauge.see(1_000, progress("m1", 0, 10_000, 0));
        gauge.see(1_500, progress("m2", 9_999, 10_000, 9_999)); // another's
        gauge.see(2_000, progress("m1", 2_000, 12_000, 1_000));
        assertThat(gauge.rowsPerSecond()).isEqualTo(1_000);
        assertThat(gauge.etaMillis()).isEqualTo(5_000);
        assertThat(gauge.describe()).isEqualTo("1,000 rows, 100 kB, lag 10,000 records, 1,000 rows/s, there in 5.0 s");
        gauge.see(3_000, progress("m1", 2_000, 12_000, 1_000));
        gauge.see(9_000, progress("m1", 2_000, 12_000, 1_000));
        assertThat(gauge.etaMillis()).as("nothing moves").isNull();
    }

    private static ReplicaProgress progress(String migration, long position, long end, long rows) {
        return new ReplicaProgress("b", migration, 1, position, end, rows, rows * 100, false);
    }
}
