package dev.kedge.cli;

import dev.kedge.cli.DemoTraffic.Window;
import dev.kedge.cli.MigrationStory.Cutover;
import dev.kedge.cli.MigrationStory.PhaseTime;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One way of a range from shard to shard in the demo, there or back, with what clients saw of it.
 *
 * @param title what it was
 * @param cutover its cutover; null if it did not get there
 * @param phases those of this way only
 * @param versionBefore the last version of the routing map with the former owner, as the clients had it
 * @param digests what both sides reported at the last verification before the cutover
 */
record DemoMigration(
        String title,
        Migration migration,
        @Nullable Cutover cutover,
        List<PhaseTime> phases,
        long rows,
        long bytes,
        long versionBefore,
        List<Digest> digests,
        Window window) {

    DemoMigration {
        phases = List.copyOf(phases);
        digests = List.copyOf(digests);
    }

    /** Whether two sides were compared before the cutover, and had the same rows. */
    boolean bothSidesAgree() {
        if (digests.size() != 2) {
            return false;
        }
        Digest one = digests.get(0);
        Digest other = digests.get(1);
        return one.rows() == other.rows()
                && one.bytes() == other.bytes()
                && one.buckets().equals(other.buckets());
    }

    /** The same way with what became of the migration since. */
    DemoMigration now(Migration latest, List<PhaseTime> latestPhases) {
        return new DemoMigration(title, latest, cutover, latestPhases, rows, bytes, versionBefore, digests, window);
    }

    static String digestOf(Digest digest) {
        long sum = 0;
        for (long bucket : digest.buckets()) {
            sum += bucket;
        }
        return EventText.digest(sum);
    }

    List<String> lines(Palette palette) {
        List<String> lines = new ArrayList<>();
        lines.add(palette.bold(title));
        lines.add("  data      " + Amounts.count(rows) + " rows, " + Amounts.bytes(bytes));
        List<String> times = new ArrayList<>();
        for (PhaseTime phase : phases) {
            times.add(
                    phase.phase().isTerminal() || phase.endMillis() == null
                            ? phase.phase().name()
                            : phase.phase() + " " + Durations.show(phase.endMillis() - phase.startMillis()));
        }
        lines.add("  phases    " + String.join(", ", times));
        if (cutover != null) {
            lines.add("  routing   version " + versionBefore + " -> " + cutover.version()
                    + ": the cutover is the record at offset " + cutover.version());
            Event.CutoverCompleted done = cutover.completed();
            MigrationOptions options = migration.plan().options();
            lines.add("  stall     predicted " + Durations.showMicros(cutover.predictedStallMicros())
                    + (done == null ? "" : ", measured " + Durations.showMicros(done.measuredStallMicros()))
                    + " (allowed " + options.maxStallMillis() + " ms)");
        }
        for (Digest digest : digests) {
            lines.add("  digest    " + digestOf(digest) + " on " + digest.shard() + ", " + Amounts.count(digest.rows())
                    + " rows as of offset " + digest.markerOffset());
        }
        String errors = window.errors() + " errors";
        lines.add("  clients   " + (window.errors() == 0 ? palette.good(errors) : palette.bad(errors))
                + "; longest operation " + longest(window.moving()) + " on moving keys, " + longest(window.staying())
                + " on staying keys");
        lines.add("            moving " + quantiles(window.moving()) + "; staying " + quantiles(window.staying()));
        return lines;
    }

    private static String longest(Histogram latencies) {
        return millis(latencies.getMaxValue());
    }

    private static String quantiles(Histogram latencies) {
        return "p50 " + millis(latencies.getValueAtPercentile(50)) + ", p99 "
                + millis(latencies.getValueAtPercentile(99)) + " of " + Amounts.count(latencies.getTotalCount());
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, micros < 100_000 ? "%.1f ms" : "%.0f ms", micros / 1000.0);
    }

    Json.Fields json() {
        Event.CutoverCompleted done = cutover == null ? null : cutover.completed();
        return Json.fields()
                .with("title", title)
                .with("migration", migration.id())
                .with("outcome", migration.phase())
                .with("rows", rows)
                .with("bytes", bytes)
                .with("phases", phases.stream().map(DemoMigration::json).toList())
                .with("versionBefore", versionBefore)
                .with("versionAfter", cutover == null ? null : cutover.version())
                .with("predictedStallMicros", cutover == null ? null : cutover.predictedStallMicros())
                .with("measuredStallMicros", done == null ? null : done.measuredStallMicros())
                .with(
                        "digests",
                        digests.stream()
                                .map(d -> Json.fields()
                                        .with("shard", d.shard())
                                        .with("digest", digestOf(d))
                                        .with("rows", d.rows())
                                        .with("markerOffset", d.markerOffset()))
                                .toList())
                .with("errors", window.errors())
                .with("moving", json(window.moving()))
                .with("staying", json(window.staying()));
    }

    private static Json.Fields json(PhaseTime phase) {
        return Json.fields()
                .with("phase", phase.phase())
                .with("millis", phase.endMillis() == null ? null : phase.endMillis() - phase.startMillis());
    }

    private static Json.Fields json(Histogram latencies) {
        return Json.fields()
                .with("operations", latencies.getTotalCount())
                .with("p50Micros", latencies.getValueAtPercentile(50))
                .with("p99Micros", latencies.getValueAtPercentile(99))
                .with("maxMicros", latencies.getMaxValue());
    }
}
