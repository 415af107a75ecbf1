package dev.kedge.cli;

import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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

    private final CellView view;
    private final Source source;
    private final OutputOptions output;
    private final String id;
    private final @Nullable Picture picture;
    private final LongSupplier clock;
    private final ReplicaGauge gauge;
    private final Admissions admissions;
    private long shownMillis;
    private long newsMillis;

    /** Where it learns what is new; each call waits a little if nothing is. */
    interface Source {
        /** Events since the last call, already in the view. */
        List<EventEnvelope> events();

        List<TopicFeed.Entry<Report>> reports();
    }

    /**
     * @param picture what it draws on; null for lines one after the other
     * @param clock milliseconds since 1970
     */
    MigrationWatcher(
            String cell,
            CellView view,
            Source source,
            OutputOptions output,
            String id,
            @Nullable Picture picture,
            LongSupplier clock) {
        this.view = view;
        this.source = source;
        this.output = output;
        this.id = id;
        this.picture = picture;
        this.clock = clock;
        this.gauge = new ReplicaGauge(id);
        this.admissions = new Admissions(cell, view);
        this.newsMillis = clock.getAsLong();
    }

    /** Watches a migration of a cell until {@code until} holds; returns it as it is then. */
    static Migration watch(CellSession session, OutputOptions output, String id, Predicate<Migration> until) {
        try (TopicFeed<Report> reports = session.reports(REPORTS_READ)) {
            Source source = new Source() {
                @Override
                public List<EventEnvelope> events() {
                    return session.poll(POLL);
                }

                @Override
                public List<TopicFeed.Entry<Report>> reports() {
                    return reports.poll(POLL);
                }
            };
            Picture picture = !output.json() && Terminal.isOutput() ? new Picture(Terminal.columns()) : null;
            return new MigrationWatcher(
                            session.cell().name(),
                            session.view(),
                            source,
                            output,
                            id,
                            picture,
                            System::currentTimeMillis)
                    .watch(until);
        }
    }

    /** Returns the migration as it is once {@code until} holds. */
    Migration watch(Predicate<Migration> until) {
        if (picture == null && !output.json()) {
            output.print(text(migration()).title(output.palette()));
        }
        while (true) {
            Migration migration = migration();
            if (until.test(migration)) {
                show(migration, true);
                return migration;
            }
            show(migration, false);
            source.events().forEach(this::event);
            for (TopicFeed.Entry<Report> entry : source.reports()) {
                admissions.see(entry);
                if (entry.value() instanceof Report.ReplicaProgress progress) {
                    gauge.see(entry.timeMillis(), progress);
                    newsMillis = Math.max(newsMillis, entry.timeMillis());
                }
            }
        }
    }

    private Migration migration() {
        return Objects.requireNonNull(view.state().migration(id), id);
    }

    private MigrationText text(Migration migration) {
        return new MigrationText(view.state(), migration, MigrationStory.of(view.history(id)));
    }

    private void event(EventEnvelope envelope) {
        if (!(envelope.event() instanceof Event.OfMigration e) || !e.migration().equals(id)) {
            return;
        }
        newsMillis = clock.getAsLong();
        EventText words = new EventText(view.state());
        if (output.json()) {
            output.print(Json.fields().with("event", words.json(envelope)));
        } else if (picture == null) {
            output.print(Times.show(envelope.timeMillis()) + "  " + words.describe(envelope.event()));
        }
    }

    private void show(Migration migration, boolean last) {
        long now = clock.getAsLong();
        if (picture != null) {
            if (last || now - shownMillis >= REDRAW_MILLIS) {
                output.out().print(picture.redraw(lines(migration, now, last)));
                output.out().flush();
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

    private List<String> lines(Migration migration, long now, boolean last) {
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
        return lines;
    }
}
