package dev.kedge.cli;

import dev.kedge.schemas.report.Report.ReplicaProgress;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** How far the replica of one migration is and how fast it goes, from its reports. */
final class ReplicaGauge {
    private static final long WINDOW_MILLIS = 3_000;

    private record Seen(long timeMillis, ReplicaProgress progress) {}

    private final String migration;
    private final Deque<Seen> recent = new ArrayDeque<>();

    ReplicaGauge(String migration) {
        this.migration = migration;
    }

    /** Takes in what concerns this migration. */
    void see(long timeMillis, ReplicaProgress progress) {
        if (!progress.migration().equals(migration)) {
            return;
        }
        if (!recent.isEmpty() && recent.getLast().progress.attempt() != progress.attempt()) {
            recent.clear();
        }
        recent.addLast(new Seen(timeMillis, progress));
        while (recent.size() > 2 && recent.getFirst().timeMillis < timeMillis - WINDOW_MILLIS) {
            recent.removeFirst();
        }
    }

    @Nullable
    ReplicaProgress latest() {
        return recent.isEmpty() ? null : recent.getLast().progress;
    }

    long latestMillis() {
        return recent.isEmpty() ? 0 : recent.getLast().timeMillis;
    }

    static long lag(ReplicaProgress progress) {
        return Math.max(0, progress.sourceEnd() - progress.position());
    }

    double rowsPerSecond() {
        return perSecond(
                recent.isEmpty()
                        ? 0
                        : recent.getLast().progress.rows()
                                - recent.getFirst().progress.rows());
    }

    /** How long the lag takes at this pace; null while that can't be said. */
    @Nullable
    Long etaMillis() {
        ReplicaProgress latest = latest();
        if (latest == null) {
            return null;
        }
        double pace = perSecond(latest.position() - recent.getFirst().progress.position());
        return pace <= 0 ? null : Math.round(lag(latest) / pace * 1000);
    }

    private double perSecond(long difference) {
        if (recent.size() < 2) {
            return 0;
        }
        long millis = recent.getLast().timeMillis - recent.getFirst().timeMillis;
        return millis <= 0 ? 0 : difference * 1000.0 / millis;
    }

    /** Null before the first report. */
    Json.@Nullable Fields json() {
        ReplicaProgress latest = latest();
        return latest == null
                ? null
                : Json.fields()
                        .with("shard", latest.shard())
                        .with("attempt", latest.attempt())
                        .with("rows", latest.rows())
                        .with("bytes", latest.bytes())
                        .with("position", latest.position())
                        .with("lagRecords", lag(latest))
                        .with("rowsPerSecond", Math.round(rowsPerSecond()))
                        .with("rowsPerSecondLimit", latest.rowsPerSecondLimit())
                        .with("sourceP99Micros", latest.sourceP99Micros())
                        .with("ownP99Micros", latest.ownP99Micros())
                        .with("etaMillis", etaMillis())
                        .with("timeMillis", latestMillis());
    }

    /** One line; empty before the first report. */
    String describe() {
        ReplicaProgress latest = latest();
        if (latest == null) {
            return "";
        }
        Long eta = etaMillis();
        return Amounts.count(latest.rows()) + " rows, " + Amounts.bytes(latest.bytes()) + ", lag "
                + Amounts.count(lag(latest)) + " records, " + Amounts.rate(rowsPerSecond(), "rows")
                + (eta == null || lag(latest) == 0 ? "" : ", there in " + Durations.show(eta)) + limit(latest);
    }

    /** What slows the copy down, if anything does. */
    private static String limit(ReplicaProgress latest) {
        if (latest.rowsPerSecondLimit() == 0) {
            return "";
        }
        return ", limited to " + Amounts.rate(latest.rowsPerSecondLimit(), "rows")
                + (latest.sourceP99Micros() < 0
                        ? ""
                        : ", p99 " + Durations.showMicros(latest.sourceP99Micros()) + " at the source")
                + (latest.ownP99Micros() < 0
                        ? ""
                        : ", " + Durations.showMicros(latest.ownP99Micros()) + " at the destination");
    }
}
