package dev.kedge.cli;

import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Shows how a migration goes on, from the cell's events and reports: on a terminal as a picture that is redrawn, elsewhere as a line for
 * each event and every two seconds one for progress, or as JSON, one object a line.
 */
final class MigrationWatcher {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long REDRAW_MILLIS = 200;
    private static final long PROGRESS_MILLIS = 2_000;
    private static final long SILENCE_MILLIS = 5_000;
    private static final long REPORTS_READ = 200;
    private static final int WIDTH = 100;

    private final CellSession session;
    private final OutputOptions output;
    private final String id;
    private final ReplicaGauge gauge;
    private final Admissions admissions;
    private final boolean redraw;
    private int drawnLines;
    private long shownMillis;
    private long newsMillis = System.currentTimeMillis();

    MigrationWatcher(CellSession session, OutputOptions output, String id) {
        this.session = session;
        this.output = output;
        this.id = id;
        this.gauge = new ReplicaGauge(id);
        this.admissions = new Admissions(session);
        this.redraw = !output.json() && Terminal.isOutput();
    }

    /** Returns the migration as it is once {@code until} holds. */
    Migration watch(Predicate<Migration> until) {
        try (TopicFeed<Report> reports = session.reports(REPORTS_READ)) {
            if (!redraw && !output.json()) {
                Migration now = session.migration(id);
                output.print(text(now).title(output.palette()));
            }
            while (true) {
                Migration migration = session.migration(id);
                if (until.test(migration)) {
                    show(migration, true);
                    return migration;
                }
                show(migration, false);
                for (EventEnvelope envelope : session.poll(POLL)) {
                    event(envelope);
                }
                for (TopicFeed.Entry<Report> entry : reports.poll(POLL)) {
                    admissions.see(entry);
                    if (entry.value() instanceof Report.ReplicaProgress progress) {
                        gauge.see(entry.timeMillis(), progress);
                        newsMillis = Math.max(newsMillis, entry.timeMillis());
                    }
                }
            }
        }
    }

    private MigrationText text(Migration migration) {
        return new MigrationText(
                session.state(), migration, MigrationStory.of(session.view().history(id)));
    }

    private void event(EventEnvelope envelope) {
        if (!(envelope.event() instanceof Event.OfMigration e) || !e.migration().equals(id)) {
            return;
        }
        newsMillis = System.currentTimeMillis();
        EventText words = new EventText(session.state());
        if (output.json()) {
            output.print(Json.fields().with("event", words.json(envelope)));
        } else if (!redraw) {
            output.print(Times.show(envelope.timeMillis()) + "  " + words.describe(envelope.event()));
        }
    }

    private void show(Migration migration, boolean last) {
        long now = System.currentTimeMillis();
        if (redraw) {
            if (last || now - shownMillis >= REDRAW_MILLIS) {
                draw(migration, now, last);
                shownMillis = now;
            }
        } else if (output.json() && last) {
            output.print(text(migration).json(gauge));
        } else if (now - shownMillis >= PROGRESS_MILLIS && !last) {
            progress(migration);
            shownMillis = now;
        }
    }

    private void progress(Migration migration) {
        String waits = admissions.whyWaiting(id);
        if (output.json()) {
            output.print(Json.fields().with("progress", gauge.json()).with("waits", waits));
        } else if (waits != null) {
            output.print(waits);
        } else if (gauge.latest() != null && migration.phase().isReplicating()) {
            output.print(Times.show(gauge.latestMillis()) + "  " + gauge.describe());
        }
    }

    private void draw(Migration migration, long now, boolean last) {
        MigrationText text = text(migration);
        List<String> lines = new ArrayList<>();
        lines.add(text.title(output.palette()));
        text.lines(now).forEach(line -> lines.add("  " + line));
        if (migration.phase().isReplicating() && gauge.latest() != null) {
            lines.add("  replica   " + gauge.describe());
        }
        String waits = admissions.whyWaiting(id);
        if (waits != null) {
            lines.add("  " + waits);
        }
        if (!last && !migration.isTerminal() && now - newsMillis > SILENCE_MILLIS) {
            lines.add(
                    "  no news for " + Durations.show(now - newsMillis) + ": do the orchestrator and the workers run?");
        }
        StringBuilder frame = new StringBuilder();
        if (drawnLines > 0) {
            frame.append("\u001b[").append(drawnLines).append('A');
        }
        frame.append("\u001b[J");
        int drawn = 0;
        for (String line : lines) {
            for (String row : wrap(line)) {
                frame.append(row).append('\n');
                drawn++;
            }
        }
        drawnLines = drawn;
        output.out().print(frame);
        output.out().flush();
    }

    /** So that the number of lines on the screen is known; colours only stand in the first, which is short. */
    private static List<String> wrap(String line) {
        List<String> rows = new ArrayList<>();
        String rest = line;
        while (rest.length() > WIDTH && !rest.contains("\u001b")) {
            int cut = rest.lastIndexOf(' ', WIDTH);
            cut = cut <= 12 ? WIDTH : cut;
            rows.add(rest.substring(0, cut));
            rest = " ".repeat(12) + rest.substring(cut).stripLeading();
        }
        rows.add(rest);
        return rows;
    }
}
