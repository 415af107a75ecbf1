package dev.kedge.orchestrator.decide;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.CutoverServed;
import dev.kedge.schemas.report.Report.Digest;
import dev.kedge.schemas.report.Report.EvictionDone;
import dev.kedge.schemas.report.Report.ReplicaProgress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the reports of one attempt have told. All of it is repeated by the workers until the phase moves on.
 *
 * @param progress null before the first report
 * @param dualWriteLostMillis when the owner last gave up a dual-write; 0 if it never did
 * @param deferredMillis when the cutover was last said to be deferred; 0 if it never was
 */
public record ReplicationSeen(
        int attempt,
        @Nullable Progress progress,
        Digests digests,
        Report.@Nullable Fenced fenced,
        @Nullable CutoverServed served,
        @Nullable EvictionDone evicted,
        long dualWriteLostMillis,
        long deferredMillis) {

    static ReplicationSeen nothing(int attempt) {
        return new ReplicationSeen(attempt, null, Digests.none(0), null, null, null, 0, 0);
    }

    /**
     * @param copyUntil the source's end when this attempt was first heard of: the copy is done once position has passed it
     * @param smallSinceMillis since when the lag has been within the migration's bound; null while it is not
     * @param busyRecordsPerSecond how fast the replica applies when it has a backlog; 0 while unknown
     * @param since where it stood when it was last looked at whether it comes nearer
     */
    record Progress(
            long position,
            long sourceEnd,
            long atMillis,
            long copyUntil,
            @Nullable Long smallSinceMillis,
            double busyRecordsPerSecond,
            Standing since) {
        private static final long SAMPLE_MILLIS = 20;
        private static final long BACKLOG_RECORDS = 100;
        private static final double WEIGHT = 0.3;

        static Progress after(
                @Nullable Progress last, ReplicaProgress report, long atMillis, long smallLag, Standing.Course course) {
            boolean small = lag(report.position(), report.sourceEnd()) <= smallLag;
            Standing now = new Standing(course, atMillis, report.position(), report.sourceEnd());
            if (last == null) {
                return new Progress(
                        report.position(),
                        report.sourceEnd(),
                        atMillis,
                        report.sourceEnd(),
                        small ? atMillis : null,
                        0,
                        now);
            }
            Long since = !small ? null : last.smallSinceMillis != null ? last.smallSinceMillis : (Long) atMillis;
            return new Progress(
                    report.position(),
                    report.sourceEnd(),
                    Math.max(atMillis, last.atMillis),
                    last.copyUntil,
                    since,
                    rate(last, report, atMillis),
                    last.since.course().equals(course) ? last.since : now);
        }

        /** Where it stands now, to be compared with later. */
        Progress fromNowOn() {
            return new Progress(
                    position,
                    sourceEnd,
                    atMillis,
                    copyUntil,
                    smallSinceMillis,
                    busyRecordsPerSecond,
                    new Standing(since.course(), atMillis, position, sourceEnd));
        }

        /** Only an interval with a backlog at both ends tells how fast the replica can be; any other tells how idle the source is. */
        private static double rate(Progress last, ReplicaProgress report, long atMillis) {
            long moved = report.position() - last.position;
            long millis = atMillis - last.atMillis;
            if (millis < SAMPLE_MILLIS
                    || moved <= 0
                    || last.lag() < BACKLOG_RECORDS
                    || lag(report.position(), report.sourceEnd()) < BACKLOG_RECORDS) {
                return last.busyRecordsPerSecond;
            }
            double sample = moved * 1000.0 / millis;
            return last.busyRecordsPerSecond == 0 ? sample : WEIGHT * sample + (1 - WEIGHT) * last.busyRecordsPerSecond;
        }

        /** Records of the source's log not yet applied. */
        long lag() {
            return lag(position, sourceEnd);
        }

        private static long lag(long position, long sourceEnd) {
            return Math.max(0, sourceEnd - position);
        }

        long predictedStallMicros(ControlPlaneSettings settings) {
            double rate = busyRecordsPerSecond > 0 ? busyRecordsPerSecond : settings.assumedApplyRecordsPerSecond();
            return settings.fenceRoundTripMicros() + (long) (lag() * 1_000_000.0 / Math.max(1, rate));
        }
    }

    /** Where a replica and its source stood at one time. */
    record Standing(Course course, long atMillis, long position, long sourceEnd) {
        /** What the replica was asked to do: under another course it has to be watched anew. */
        record Course(Phase phase, boolean paused) {}
    }

    /** Digests of one round by the offset of their marker: after a restart an owner may have set a second one. */
    record Digests(int round, PersistentMap<Long, Digest> owner, PersistentMap<Long, Digest> replica) {
        private static final int MARKERS = 4;

        static Digests none(int round) {
            return new Digests(round, PersistentMap.empty(), PersistentMap.empty());
        }

        Digests with(Digest digest, boolean byOwner) {
            return byOwner
                    ? new Digests(round, bounded(owner, digest), replica)
                    : new Digests(round, owner, bounded(replica, digest));
        }

        private static PersistentMap<Long, Digest> bounded(PersistentMap<Long, Digest> known, Digest digest) {
            PersistentMap<Long, Digest> more = known.put(digest.markerOffset(), digest);
            return more.size() <= MARKERS ? more : more.remove(more.keys().get(0));
        }

        /** The two sides at the latest marker both have reached; null if there is none. */
        @Nullable
        Pair pair() {
            Pair latest = null;
            for (Map.Entry<Long, Digest> ours : owner) {
                Digest theirs = replica.get(ours.getKey());
                if (theirs != null) {
                    latest = new Pair(ours.getValue(), theirs);
                }
            }
            return latest;
        }
    }

    /** Both sides' digests at one marker. */
    record Pair(Digest owner, Digest replica) {}

    /** Null if the last progress is too old to decide anything upon. */
    @Nullable
    Progress fresh(Draft draft, ControlPlaneSettings settings) {
        return progress != null && draft.nowMillis() - progress.atMillis() <= settings.progressTimeoutMillis()
                ? progress
                : null;
    }

    ReplicationSeen with(Progress p) {
        return new ReplicationSeen(attempt, p, digests, fenced, served, evicted, dualWriteLostMillis, deferredMillis);
    }

    ReplicationSeen with(Digests d) {
        return new ReplicationSeen(attempt, progress, d, fenced, served, evicted, dualWriteLostMillis, deferredMillis);
    }

    ReplicationSeen with(Report.Fenced f) {
        return new ReplicationSeen(attempt, progress, digests, f, served, evicted, dualWriteLostMillis, deferredMillis);
    }

    ReplicationSeen with(CutoverServed s) {
        return new ReplicationSeen(attempt, progress, digests, fenced, s, evicted, dualWriteLostMillis, deferredMillis);
    }

    ReplicationSeen with(EvictionDone e) {
        return new ReplicationSeen(attempt, progress, digests, fenced, served, e, dualWriteLostMillis, deferredMillis);
    }

    ReplicationSeen dualWriteLost(long atMillis) {
        return new ReplicationSeen(attempt, progress, digests, fenced, served, evicted, atMillis, deferredMillis);
    }

    ReplicationSeen deferred(long atMillis) {
        return new ReplicationSeen(attempt, progress, digests, fenced, served, evicted, dualWriteLostMillis, atMillis);
    }
}
