package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.cli.CommandException.Failed;
import dev.kedge.cli.DemoOutcome.Remains;
import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.history.Linearizability;
import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One thing that went wrong is enough: the exit status and the result in JSON say so alike. */
final class DemoVerdictTest {
    private static final Remains NOTHING = new Remains(List.of(), null);

    private final Migration migration = migration();

    private static Migration migration() {
        TestCellView cell = new TestCellView();
        cell.view.apply(cell.next(0, TestCellView.planned()));
        return cell.migration();
    }

    @Test
    void allIsWell() {
        JsonNode json = assertSaid(verdict(way(digest("a", 7), digest("b", 7))), NOTHING, true);
        assertThat(json.get("leftData").isNull()).isTrue();
        assertThat(json.get("leftRunning")).isEmpty();
    }

    @Test
    void aViolationIsNotGood() {
        History history = new History(System::nanoTime);
        Bytes key = Bytes.utf8("key");
        history.invoke(key, new Action.Write(Bytes.utf8("1"))).ok(Answer.Done.DONE);
        history.invoke(key, new Action.Read()).ok(new Answer.Value(null));
        Linearizability.Verdict lost = Linearizability.check(history.operations());
        assertThat(lost.violations()).hasSize(1);
        DemoVerdict verdict = new DemoVerdict(List.of(way(digest("a", 7), digest("b", 7))), lost, 2, 1, 0, List.of());
        JsonNode json = assertSaid(verdict, NOTHING, false);
        assertThat(json.get("violations")).hasSize(1);
        assertThat(json.get("linearizable").asBoolean()).isFalse();
    }

    @Test
    void anErrorIsNotGood() {
        DemoVerdict verdict = new DemoVerdict(
                List.of(way(digest("a", 7), digest("b", 7))), holds(), 2, 1, 1, List.of("GET was refused"));
        assertThat(assertSaid(verdict, NOTHING, false).get("errorTexts").get(0).asText())
                .isEqualTo("GET was refused");
    }

    @Test
    void aProcessThatIsLeftIsNotGood() {
        DemoVerdict verdict = verdict(way(digest("a", 7), digest("b", 7)));
        JsonNode json = assertSaid(verdict, new Remains(List.of(42L), null), false);
        assertThat(json.get("leftRunning").get(0).asLong()).isEqualTo(42);
    }

    @Test
    void dataThatIsLeftIsNotGood() {
        DemoVerdict verdict = verdict(way(digest("a", 7), digest("b", 7)));
        JsonNode json = assertSaid(verdict, new Remains(List.of(), Path.of("kedge-1")), false);
        assertThat(json.get("leftData").asText()).isEqualTo("kedge-1");
    }

    @Test
    void sidesThatDifferAreNotGood() {
        assertSaid(verdict(way(digest("a", 7), digest("b", 8))), NOTHING, false);
        Digest fewer = new Digest("b", "m1", 1, 1, 5, 9, 1_000, List.of(7L), List.of());
        assertSaid(verdict(way(digest("a", 7), fewer)), NOTHING, false);
    }

    @Test
    void aSideThatWasNotComparedIsNotGood() {
        assertSaid(verdict(way(digest("a", 7))), NOTHING, false);
        assertSaid(verdict(way()), NOTHING, false);
        assertSaid(verdict(way(digest("a", 7), digest("b", 7)), way()), NOTHING, false);
    }

    @Test
    void theResultTellsEachWay() {
        JsonNode way = assertSaid(verdict(way(digest("a", 7), digest("b", 7))), NOTHING, true)
                .get("migrations")
                .get(0);
        assertThat(way.get("rows").asLong()).isEqualTo(10);
        assertThat(way.get("bytes").asLong()).isEqualTo(1_000);
        assertThat(way.get("outcome").asText()).isEqualTo("PLANNED");
        assertThat(way.get("phases").get(0).get("millis").asLong()).isEqualTo(20);
        assertThat(way.get("moving").get("maxMicros").asLong()).isBetween(5_000L, 5_010L);
        assertThat(way.get("staying").get("maxMicros").asLong()).isBetween(3_000L, 3_010L);
    }

    /** A migration that goes from phase to phase, or copies, comes further, however long it takes; one that only hears of writers does not. */
    @Test
    void stuckIsWhoComesNoFurther() {
        DemoDriver.Progress progress = new DemoDriver.Progress(Duration.ofNanos(60), 0);
        assertThat(progress.isStuck(Phase.PLANNED, 0, 50)).isFalse();
        assertThat(progress.isStuck(Phase.COPYING, 0, 100)).isFalse();
        assertThat(progress.isStuck(Phase.COPYING, 10, 150)).isFalse();
        assertThat(progress.isStuck(Phase.COPYING, 10, 210)).isFalse();
        assertThat(progress.isStuck(Phase.COPYING, 10, 211)).isTrue();
        assertThat(progress.isStuck(Phase.DUAL_WRITE, 10, 211)).isFalse();
        assertThat(progress.isStuck(Phase.DUAL_WRITE, 20, 272)).isTrue();
    }

    @Test
    void aStallThatWasNotMeasuredIsNoStallOfNothing() {
        assertThatThrownBy(() -> BenchCutover.stallMicros(way()))
                .isInstanceOf(Failed.class)
                .hasMessageContaining("m1 was not measured");
        assertThatThrownBy(() -> BenchCutover.stallMicros(cutOver(null))).isInstanceOf(Failed.class);
        assertThatThrownBy(() -> BenchCutover.stallMicros(cutOver(-1L))).isInstanceOf(Failed.class);
        assertThat(BenchCutover.stallMicros(cutOver(0L))).isZero();
        assertThat(BenchCutover.stallMicros(cutOver(4_000L))).isEqualTo(4_000);
    }

    private DemoMigration cutOver(@Nullable Long stallMicros) {
        Event.CutoverCompleted completed =
                stallMicros == null ? null : new Event.CutoverCompleted("m1", 9, 50, 43, 5_000, stallMicros, 3);
        return way(new MigrationStory.Cutover(false, 9, 5_000, completed));
    }

    private static JsonNode assertSaid(DemoVerdict verdict, Remains remains, boolean good) {
        Written written = new Written("--output", "json");
        verdict.show(new DemoScreen(written.options()), written.options(), remains);
        List<JsonNode> lines = written.jsonLines();
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0).get("good").asBoolean()).isEqualTo(good);
        assertThat(lines.get(0).get("seconds").asDouble()).isNotNegative();
        assertThat(verdict.exitStatus(remains)).isEqualTo(good ? 0 : 1);
        return lines.get(0);
    }

    private static Linearizability.Verdict holds() {
        return Linearizability.check(List.of());
    }

    private static DemoVerdict verdict(DemoMigration... ways) {
        return new DemoVerdict(List.of(ways), holds(), 2, 1, 0, List.of());
    }

    private DemoMigration way(Digest... digests) {
        return way(null, digests);
    }

    private DemoMigration way(MigrationStory.@Nullable Cutover cutover, Digest... digests) {
        return new DemoMigration(
                "there",
                migration,
                cutover,
                List.of(new MigrationStory.PhaseTime(Phase.COPYING, 10, 30L)),
                10,
                1_000,
                3,
                new ArrayList<>(List.of(digests)),
                new DemoTraffic.Window(latency(5_000), latency(3_000), 0));
    }

    private static Digest digest(String shard, long sum) {
        return new Digest(shard, "m1", 1, 1, 5, 10, 1_000, List.of(sum), List.of());
    }

    private static Histogram latency(long micros) {
        Histogram histogram = new Histogram(3);
        histogram.recordValue(micros);
        return histogram;
    }
}
