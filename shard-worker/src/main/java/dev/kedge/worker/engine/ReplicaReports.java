package dev.kedge.worker.engine;

import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.worker.engine.SourceView.SeenFence;

/** What a replica tells the control plane and the owner. */
final class ReplicaReports {
    /** How soon progress is to be told. */
    enum Pace {
        /** Somebody waits for it. */
        AT_ONCE,
        OFTEN,
        /** A read replica's, which goes on for ever. */
        AT_EASE
    }

    private static final long OFTEN_NANOS = 200_000_000;
    private static final long AT_EASE_NANOS = 1_000_000_000;

    private final Host host;
    private long reportedPosition = -1;
    private long reportedNanos;

    ReplicaReports(Host host) {
        this.host = host;
        this.reportedNanos = host.nowNanos() - AT_EASE_NANOS;
    }

    /** How far the replica is; silent until the source's end is known, since nothing is known about the lag before. */
    void progress(MigrationRoute route, Importer importer, Pace pace) {
        long now = host.nowNanos();
        long position = importer.position();
        boolean due = now - reportedNanos >= (pace == Pace.AT_EASE ? AT_EASE_NANOS : OFTEN_NANOS)
                || (pace == Pace.AT_ONCE && position != reportedPosition);
        if (importer.sourceEnd() < 0 || !due) {
            return;
        }
        reportedPosition = position;
        reportedNanos = now;
        host.ports()
                .reports()
                .send(new Report.ReplicaProgress(
                        host.shard(),
                        route.migration(),
                        route.attempt(),
                        position,
                        Math.max(importer.sourceEnd(), importer.scanned()),
                        importer.rows(),
                        importer.bytes(),
                        importer.view().isFenced(),
                        importer.appliedMillis(),
                        importer.rowsPerSecondLimit(),
                        importer.pace().sourceP99Micros(),
                        importer.pace().ownP99Micros()));
    }

    void served(MigrationRoute route, long version, long offset, SeenFence fence, int parked) {
        long stallMicros = fence.timestampMillis() < 0
                ? -1
                : Math.max(0, host.ports().clock().wallMillis() - fence.timestampMillis()) * 1_000;
        host.kept()
                .keep(
                        new Report.CutoverServed(
                                host.shard(),
                                route.migration(),
                                route.attempt(),
                                version,
                                offset,
                                fence.offset(),
                                stallMicros,
                                parked),
                        () -> host.isAt(route.migration(), version));
    }
}
