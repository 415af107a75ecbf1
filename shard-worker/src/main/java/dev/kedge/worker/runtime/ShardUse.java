package dev.kedge.worker.runtime;

import dev.kedge.model.Bytes;
import dev.kedge.model.Positions;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.Span;
import dev.kedge.worker.load.Demand;
import dev.kedge.worker.load.LoadSettings;
import dev.kedge.worker.load.PositionSource;
import dev.kedge.worker.load.ShardMeter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one shard tells of its use: what it was asked for, and where its rows lie. The loop's. */
final class ShardUse {
    /** A tablet whose size changed by more than this part is sampled again. */
    private static final double CHANGED = 0.1;

    private final LoadSettings settings;
    private final ShardMeter meter;
    private Map<Bytes, Stored> stored = new HashMap<>();
    private long takenNanos;

    /** Where a tablet's rows lay when it was this large. */
    private record Stored(Positions positions, long bytes, long nanos) {}

    ShardUse(ShardMeter meter, LoadSettings settings, long nowNanos) {
        this.meter = meter;
        this.settings = settings;
        this.takenNanos = nowNanos;
    }

    /** One interval's use. */
    record Taken(long intervalMillis, List<Report.TabletUse> tablets) {}

    /**
     * Since the last call; samples what has changed, for later calls.
     *
     * @param loop runs in the loop what came of a sample elsewhere
     */
    Taken take(Report.ShardStatus status, PositionSource source, long nowNanos, Consumer<Runnable> loop) {
        long intervalMillis = Math.max(1, (nowNanos - takenNanos) / 1_000_000);
        takenNanos = nowNanos;
        Map<Bytes, Stored> kept = new HashMap<>();
        List<Report.TabletUse> uses = new ArrayList<>();
        for (ShardMeter.Metered metered : meter.take()) {
            RoutingMap.Tablet tablet = metered.tablet();
            if (metered.followed()) {
                uses.add(followed(metered));
                continue;
            }
            Report.TabletLoad size = size(status, tablet);
            if (size == null) {
                continue; // not owned yet, or not any more
            }
            Span span = Span.of(tablet.keyspace().id(), tablet.range());
            Stored known = stored.get(span.from());
            if (known != null) {
                kept.put(span.from(), known);
            }
            if (isDue(known, size.bytes(), nowNanos)) {
                sample(source, span, size.bytes(), nowNanos, loop);
            }
            uses.add(use(metered, size, known));
        }
        stored = kept;
        return new Taken(intervalMillis, uses);
    }

    private boolean isDue(@Nullable Stored known, long bytes, long nowNanos) {
        return known == null
                || Math.abs(bytes - known.bytes()) > CHANGED * known.bytes()
                || nowNanos - known.nanos() > settings.storedAge().toNanos();
    }

    private void sample(PositionSource source, Span span, long bytes, long nowNanos, Consumer<Runnable> loop) {
        try {
            source.sample(
                    span,
                    settings.points(),
                    positions -> loop.accept(() -> stored.put(span.from(), new Stored(positions, bytes, nowNanos))));
        } catch (RejectedExecutionException e) {
            // The pool is busy with digests: it is due again at the next call.
        }
    }

    private static Report.@Nullable TabletLoad size(Report.ShardStatus status, RoutingMap.Tablet tablet) {
        for (Report.TabletLoad load : status.tablets()) {
            if (load.keyspace().equals(tablet.keyspace().keyspace())
                    && load.start().equals(tablet.range().start())) {
                return load;
            }
        }
        return null;
    }

    /** Rows and bytes of a tablet are its owner's to tell. */
    private static Report.TabletUse followed(ShardMeter.Metered metered) {
        Demand demand = metered.demand();
        return new Report.TabletUse(
                metered.tablet().keyspace().keyspace(),
                metered.tablet().range().start(),
                0,
                0,
                demand.reads(),
                0,
                demand.bytes(),
                demand.p99Micros(),
                Positions.NONE,
                Positions.NONE,
                List.of());
    }

    private static Report.TabletUse use(ShardMeter.Metered metered, Report.TabletLoad size, @Nullable Stored stored) {
        Demand demand = metered.demand();
        return new Report.TabletUse(
                size.keyspace(),
                size.start(),
                size.rows(),
                size.bytes(),
                demand.reads(),
                demand.writes(),
                demand.bytes(),
                demand.p99Micros(),
                demand.requested(),
                stored == null ? Positions.NONE : stored.positions(),
                demand.hotKeys());
    }
}
