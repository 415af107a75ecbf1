package dev.kedge.worker.engine;

import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.worker.engine.SourceView.SeenFence;

/** What a replica tells the control plane and the owner. */
final class ReplicaReports {
    private static final long IDLE_NANOS = 200_000_000;

    private final Host host;
    private long reportedPosition = -1;
    private long reportedNanos;

    ReplicaReports(Host host) {
        this.host = host;
        this.reportedNanos = host.nowNanos() - IDLE_NANOS;
    }

    /** How far the replica is; silent until the source's end is known, since nothing is known about the lag before. */
    void progress(MigrationRoute route, Importer importer, boolean atOnce) {
        long now = host.nowNanos();
        long position = importer.position();
        boolean due = now - reportedNanos >= IDLE_NANOS || (atOnce && position != reportedPosition);
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
                        importer.view().isFenced()));
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
