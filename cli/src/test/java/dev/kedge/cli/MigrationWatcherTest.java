package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.CleanupCause;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ReplicaProgress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A migration that copies, is silent for a while and is aborted, as those see it who watch. */
final class MigrationWatcherTest {
    private static final long BEGIN = 1_000_000;
    private static final String REASON = "somebody thought better of it and said so at some length";

    private final TestCellView cell = new TestCellView();
    private final Deque<Step> steps = new ArrayDeque<>();
    private long nowMillis = BEGIN;

    /** What comes in after a time. */
    private record Step(long millis, List<Event> events, List<Report> reports) {}

    /** Plays the steps one by one; asked for more, it fails. */
    private final class Script implements MigrationWatcher.Source {
        private List<Report> reports = List.of();
        private long offset;

        @Override
        public List<EventEnvelope> events() {
            Step step = steps.removeFirst();
            nowMillis += step.millis();
            reports = step.reports();
            List<EventEnvelope> envelopes = new ArrayList<>();
            for (Event event : step.events()) {
                EventEnvelope envelope = cell.next(nowMillis, event);
                cell.view.apply(envelope);
                envelopes.add(envelope);
            }
            return envelopes;
        }

        @Override
        public List<TopicFeed.Entry<Report>> reports() {
            return reports.stream()
                    .map(report -> new TopicFeed.Entry<>(offset++, nowMillis, report))
                    .toList();
        }
    }

    private void then(long millis, List<Event> events, Report... reports) {
        steps.add(new Step(millis, events, List.of(reports)));
    }

    private Migration watch(Written written, Picture picture) {
        cell.view.apply(cell.next(BEGIN, TestCellView.planned()));
        then(300, List.of(new Event.CopyStarted("m1", 1)), progress(100));
        then(2_000, List.of(), progress(1_100));
        then(6_000, List.of(new Event.WorkerJoined("w3", 1, "h", 3)));
        then(300, List.of(new Event.CleanupStarted("m1", "b", CleanupCause.ABORTED, REASON)));
        then(100, List.of(new Event.MigrationAborted("m1", REASON)));
        Migration end = new MigrationWatcher(
                        "cell", cell.view, new Script(), written.options(), "m1", picture, () -> nowMillis)
                .watch(Migration::isTerminal);
        assertThat(steps).as("all was read").isEmpty();
        return end;
    }

    private static ReplicaProgress progress(long rows) {
        return new ReplicaProgress("b", "m1", 1, rows, 5_000, rows, rows * 100, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {120, 80, 40, 20})
    void isDrawnLiveInOnePlace(int columns) {
        Written written = new Written();
        assertThat(watch(written, new Picture(columns)).isTerminal()).isTrue();
        Screen screen = new Screen(columns);
        List<String> seen = new ArrayList<>();
        for (String frame : written.out().split("(?=\u001b\\[\\d+A)", -1)) {
            screen.write(frame);
            seen.add(words(screen.rows()));
        }
        assertThat(seen).as("redrawn as time goes by").hasSize(6);
        assertThat(seen.getFirst()).contains("m1", "PLANNED").doesNotContain("COPYING");
        assertThat(seen).anySatisfy(frame -> assertThat(frame).contains("COPYING", "1,100 rows", "no news for"));
        assertThat(seen.getLast()).contains("ABORTED", words(List.of("aborted: " + REASON)));
        assertThat(seen.getLast()).as("what was drawn before is gone").doesNotContain("no news for", "1,100 rows");
        assertThat(screen.rows().stream().filter(row -> row.startsWith("m1"))).hasSize(1);
    }

    /** Where lines are broken does not matter. */
    private static String words(List<String> rows) {
        return String.join(" ", rows).replaceAll("\\s+", " ").strip();
    }

    @Test
    void whatIsTooWideIsBrokenAtBlanks() {
        Picture picture = new Picture(30);
        assertThat(picture.rows("short")).containsExactly("short");
        assertThat(picture.rows("outcome   aborted: it took longer than anybody likes"))
                .containsExactly("outcome   aborted: it took", "            longer than", "            anybody likes");
        assertThat(picture.rows("x".repeat(35))).containsExactly("x".repeat(30), " ".repeat(12) + "xxxxx");
        String coloured = new Palette(true).bold("m1") + "  k  a -> b";
        assertThat(picture.rows(coloured)).as("colours take no columns").containsExactly(coloured);
        assertThat(new Picture(10).rows(coloured)).containsExactly("m1  k  a", "-> b");
    }

    @Test
    void isOneJsonObjectALine() {
        Written written = new Written("--output", "json");
        watch(written, null);
        List<JsonNode> lines = written.jsonLines();
        List<String> kinds = new ArrayList<>();
        for (JsonNode line : lines.subList(0, lines.size() - 1)) {
            kinds.add(line.has("event") ? line.get("event").get("type").asText() : "progress");
            assertThat(line.has("event") || line.has("progress")).as("%s", line).isTrue();
        }
        assertThat(kinds)
                .containsExactly(
                        "progress", "CopyStarted", "progress", "progress", "CleanupStarted", "MigrationAborted");
        assertThat(lines.get(0).get("progress").isNull())
                .as("nothing was copied yet")
                .isTrue();
        assertThat(lines.get(2).get("progress").get("rows").asLong()).isEqualTo(1_100);
        JsonNode end = lines.getLast();
        assertThat(end.get("migration").asText()).isEqualTo("m1");
        assertThat(end.get("phase").asText()).isEqualTo("ABORTED");
        assertThat(end.get("outcome").asText()).isEqualTo("aborted: " + REASON);
        assertThat(end.get("progress").get("rows").asLong()).isEqualTo(1_100);
    }

    @Test
    void withoutATerminalIsALineForEachEventAndNowAndThenOneForProgress() {
        Written written = new Written();
        watch(written, null);
        List<String> lines = written.out().lines().toList();
        assertThat(lines.getFirst()).startsWith("m1  k").endsWith("PLANNED");
        assertThat(written.out()).doesNotContain("\u001b", "w3");
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("copy started"));
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("1,100 rows"));
        assertThat(lines.getLast()).contains(REASON);
    }

    /** A terminal of so many columns, as far as the watcher uses it. */
    private static final class Screen {
        private static final Pattern PIECE =
                Pattern.compile("\u001b\\[(\\d+)A|\u001b\\[J|\u001b\\[[0-9;]*m|([^\u001b\n]*)\n");

        private final int columns;
        private final List<String> rows = new ArrayList<>();
        private int cursor;

        Screen(int columns) {
            this.columns = columns;
        }

        void write(String text) {
            Matcher piece = PIECE.matcher(text);
            int end = 0;
            while (piece.find()) {
                assertThat(piece.start()).as("nothing else is written").isEqualTo(end);
                end = piece.end();
                if (piece.group(1) != null) {
                    cursor -= Integer.parseInt(piece.group(1));
                    assertThat(cursor).isNotNegative();
                } else if (piece.group().endsWith("J")) {
                    rows.subList(cursor, rows.size()).clear();
                } else if (piece.group(2) != null) {
                    assertThat(piece.group(2).length()).isLessThanOrEqualTo(columns);
                    rows.add(cursor++, piece.group(2));
                }
            }
            assertThat(end).isEqualTo(text.length());
        }

        List<String> rows() {
            return rows;
        }
    }
}
