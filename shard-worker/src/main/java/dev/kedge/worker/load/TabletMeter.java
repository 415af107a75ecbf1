package dev.kedge.worker.load;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.report.Report.HotKey;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;

/** What was asked of one tablet in one interval. Not thread-safe. */
final class TabletMeter {
    /** Counts of keys are too high by at most 1/48 of all requests. */
    private static final int FREQUENCY_ENTRIES = 64;

    private static final long LONGEST_MICROS = 60_000_000;

    private final PositionSketch requested = new PositionSketch();
    private final ItemsSketch<Bytes> frequent = new ItemsSketch<>(FREQUENCY_ENTRIES);
    private final Histogram latencyMicros = new Histogram(LONGEST_MICROS, 2);
    private long reads;
    private long writes;
    private long bytes;

    void add(Bytes position, boolean write, long requestBytes, long micros) {
        if (write) {
            writes++;
        } else {
            reads++;
        }
        bytes += requestBytes;
        requested.add(position);
        frequent.update(position);
        latencyMicros.recordValue(Math.clamp(micros, 0, LONGEST_MICROS));
    }

    /** What has come so far. */
    Demand demand(LoadSettings settings) {
        return new Demand(
                reads,
                writes,
                bytes,
                latencyMicros.getValueAtPercentile(99),
                requested.summary(settings.points()),
                hotKeys(settings.hotKeys()));
    }

    /** Keys that were surely asked for more often than the sketch can be wrong: none where all are asked for alike. */
    private List<HotKey> hotKeys(int max) {
        return Arrays.stream(frequent.getFrequentItems(ErrorType.NO_FALSE_POSITIVES))
                .limit(max)
                .map(row -> new HotKey(row.getItem(), row.getLowerBound()))
                .toList();
    }
}
