package dev.kedge.worker.engine;

import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Duties.Duty;
import java.util.Set;

/** What both sides of a verification do at a marker: digest the range as of that position, and say so until heard. */
final class Verification {
    private Verification() {}

    /** To be called when exactly the records before {@code markerOffset} of the owner's log have been applied. */
    static void digest(Host host, Span span, ShardRecord.Marker marker, long markerOffset) {
        host.commit();
        host.digest(
                span,
                Set.copyOf(marker.detailBuckets()),
                digest -> host.kept()
                        .keep(
                                new Report.Digest(
                                        host.shard(),
                                        marker.migration(),
                                        marker.attempt(),
                                        marker.round(),
                                        markerOffset,
                                        digest.rows(),
                                        digest.bytes(),
                                        digest.buckets(),
                                        digest.details()),
                                () -> isWanted(host, marker)));
    }

    /** This shard's map may be older than the marker, so everything up to the marker's round counts. */
    private static boolean isWanted(Host host, ShardRecord.Marker marker) {
        Duty duty = host.duties().of(marker.migration());
        MigrationRoute route = duty == null ? null : duty.migration();
        return route != null
                && route.attempt() == marker.attempt()
                && route.round() <= marker.round()
                && route.phase().isReplicating();
    }
}
