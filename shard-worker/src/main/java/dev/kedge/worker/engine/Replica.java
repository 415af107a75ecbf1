package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Duties.Duty;
import dev.kedge.worker.engine.Holding.Staging;
import dev.kedge.worker.engine.Holding.Status;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import dev.kedge.worker.engine.ReplicaReports.Pace;
import dev.kedge.worker.engine.SourceView.SeenFence;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One tablet's replay of another shard's log into this shard's: bulk copy, catch-up, dual-write, the last step of a cutover, and the way
 * back are all this. Belongs to one opening; the next opening makes a new one, which goes on from the log. How rows get from one log into
 * the other is {@link Importer}'s business; when, and what follows, is decided here.
 */
final class Replica {
    private enum State {
        /** Something of an earlier migration is still here (R9), or the source is to be opened again. */
        WAITING,
        /** ImportStarted is on its way. */
        STARTING,
        RUNNING,
        /** ImportCompleted is on its way. */
        COMPLETING,
        DONE
    }

    private static final int MAX_SOURCE_FAILURES = 5;
    private static final long RETRY_NANOS = 200_000_000;

    private final Host host;
    private final ReplicaReports reports;
    private Duty duty;
    private MigrationRoute route;
    private State state = State.WAITING;
    private @Nullable Importer importer;
    /** Importers given up, whose imports are still to be confirmed. */
    private final Draining draining = new Draining();

    private long retryAtNanos;
    private int sourceFailures;
    private long cutoverSinceNanos = -1;
    private boolean takeoverSent;

    Replica(Host host, Duty duty, MigrationRoute route) {
        this.host = host;
        this.duty = duty;
        this.route = route;
        this.reports = new ReplicaReports(host);
        this.retryAtNanos = host.nowNanos();
    }

    /** How old an answer from this shard's rows of the tablet can be now; {@link Freshness#UNKNOWN} if it can't be told. */
    long stalenessMillis() {
        return state == State.RUNNING && importer != null ? importer.stalenessMillis() : Freshness.UNKNOWN;
    }

    boolean is(MigrationRoute other) {
        return route.migration().equals(other.migration()) && route.attempt() == other.attempt();
    }

    boolean isAttempt(int attempt) {
        return route.attempt() == attempt;
    }

    Span span() {
        return duty.span();
    }

    boolean isSource(long id) {
        return importer != null && importer.isSource(id);
    }

    /** Whether something this replica appended is still to be confirmed. */
    boolean isBusy() {
        return draining.isBusy() || (importer != null && importer.isBusy());
    }

    /** The routing map has a newer word on this replication. */
    void update(Duty newDuty, MigrationRoute newRoute) {
        duty = newDuty;
        route = newRoute;
        advance();
    }

    void close() {
        giveUpImporter();
        state = State.DONE;
    }

    private void giveUpImporter() {
        if (importer != null) {
            importer.close();
            draining.add(importer);
            importer = null;
        }
    }

    void tick() {
        advance();
        if (importer != null) {
            reports.progress(route, importer, duty.readReplica() == null ? Pace.OFTEN : Pace.AT_EASE);
        }
    }

    /** Does whatever can be done now. */
    private void advance() {
        if (state == State.WAITING) {
            begin();
        }
        if (state == State.RUNNING && importer != null) {
            importer.advance(route);
            if (importer.isStale()) {
                giveUpImporter();
                state = State.WAITING;
            } else {
                complete(importer);
            }
        }
    }

    private String sourceShard() {
        return duty.owner() ? route.replica() : duty.tablet().shard();
    }

    private void begin() {
        ShardRoute source = host.duties().map().shard(sourceShard());
        if (source == null || draining.isBusy() || host.nowNanos() - retryAtNanos < 0 || host.repairing(span())) {
            return;
        }
        List<Holding> holdings = host.judge().over(span());
        if (holdings.stream().allMatch(h -> h.isStaging(route.migration(), route.attempt()))) {
            Staging staging = holdings.get(0).staging();
            if (staging != null && !isTooOld(staging)) {
                follow(source, staging.base(), staging.position(), staging.sourceJudge());
                return;
            }
            // R0: deletes may be missing between the last progress and what the log still has.
            start(source, ImportBase.FRESH, 0);
        } else if (holdings.stream().allMatch(this::isReadyForImport)) {
            start(source, route.base(), route.sourceFrom());
        }
    }

    private boolean isTooOld(Staging staging) {
        return host.settings().mayMissTombstones(host.ports().clock().wallMillis() - staging.progressMillis());
    }

    private boolean isReadyForImport(Holding holding) {
        boolean foreign =
                holding.staging() != null && !holding.staging().migration().equals(route.migration());
        boolean kept = holding.status() == Status.LOST && holding.migration().equals(route.migration());
        boolean fresh = holding.status() != Status.LOST && route.base() == ImportBase.FRESH;
        boolean outdated = holding.version() >= duty.tablet().version(); // the log knows better than this map (R2)
        return !foreign && !outdated && !holding.isOwned() && (kept || fresh);
    }

    /** Begins the attempt. A fresh one first removes what an earlier attempt left, in the log too (I6). */
    private void start(ShardRoute source, ImportBase base, long from) {
        if (base == ImportBase.FRESH && !draining.isEmptied(host, duty, route)) {
            return;
        }
        state = State.STARTING;
        draining.append(
                host,
                Lane.FOREGROUND,
                host.controlKey('S'),
                new ShardRecord.ImportStarted(
                        host.epoch(),
                        host.incarnation(),
                        duty.keyspaceId(),
                        duty.tablet().range(),
                        duty.tablet().version(),
                        route.migration(),
                        route.attempt(),
                        base,
                        source.shard(),
                        from),
                verdict -> {
                    if (state != State.STARTING) {
                        return; // closed meanwhile
                    }
                    state = State.WAITING;
                    if (verdict != Verdict.VOID) {
                        follow(source, base, from, null);
                    } // else fenced or reassigned meanwhile; what holds now decides
                });
    }

    private void follow(ShardRoute source, ImportBase base, long from, byte @Nullable [] saved) {
        SourceView view =
                new SourceView(span(), base, from, saved, host.settings().leaseMillis());
        importer = new Importer(host, duty, route, view, from);
        takeoverSent = false;
        state = State.RUNNING;
        importer.open(source.logTopic());
    }

    void sourceLatency(Report.ForegroundLatency latency) {
        if (importer != null) {
            importer.pace().source(latency.requests(), latency.p99Micros(), host.nowNanos());
        }
    }

    void sourceRecords(List<Logged> records, long next, long end) {
        if (importer != null) {
            sourceFailures = 0;
            importer.sourceRecords(records, next, end);
            advance();
        }
    }

    /** Tries again from what is confirmed. Only what nobody waits for is given up, and that with a reason. */
    void sourceFailed(String reason) {
        giveUpImporter();
        if (state == State.DONE) {
            return;
        }
        state = State.WAITING;
        sourceFailures++;
        retryAtNanos = host.nowNanos() + RETRY_NANOS * Math.min(sourceFailures, MAX_SOURCE_FAILURES);
        if (sourceFailures >= MAX_SOURCE_FAILURES && !duty.owner() && duty.readReplica() == null) {
            int attempt = route.attempt();
            host.kept()
                    .keep(
                            new Report.ReplicationFailed(
                                    host.shard(),
                                    route.migration(),
                                    attempt,
                                    "reading the source's log failed " + sourceFailures + " times: " + reason),
                            () -> sourceFailures > 0
                                    && state != State.DONE
                                    && host.isReplicating(route.migration(), attempt));
        }
    }

    /** I5: serves only after the source's log has been applied through its fence. */
    private void complete(Importer done) {
        if (!duty.owner() || route.phase() != Phase.CUTOVER) {
            return;
        }
        long now = host.nowNanos();
        if (cutoverSinceNanos < 0) {
            cutoverSinceNanos = now;
        }
        long version = duty.tablet().version();
        SeenFence fence = done.view().fence(version, now);
        if (fence == null) {
            takeOver(done, now);
            return;
        }
        if (done.position() <= fence.offset()) {
            return;
        }
        if (mayStillBeRead(fence, done.view(), now)) {
            return;
        }
        state = State.COMPLETING;
        int parked = host.parked(span());
        draining.append(
                host,
                Lane.FOREGROUND,
                host.controlKey('C'),
                new ShardRecord.ImportCompleted(
                        host.epoch(),
                        host.incarnation(),
                        duty.keyspaceId(),
                        duty.tablet().range(),
                        version,
                        route.migration(),
                        route.attempt(),
                        fence.offset()),
                (offset, verdict) -> completed(offset, verdict, version, fence, parked));
    }

    /** R4: the former owner may still be serving reads under its lease. */
    private boolean mayStillBeRead(SeenFence fence, SourceView view, long now) {
        long wait = host.settings().toOutlast(view.longestLeaseMillis());
        return !fence.settled() && now - fence.seenNanos() < wait * 1_000_000;
    }

    private void completed(long offset, Verdict verdict, long version, SeenFence fence, int parked) {
        giveUpImporter();
        if (verdict == Verdict.VOID) {
            state = State.WAITING; // a newer fence came first: the cutover has been reversed (R2)
            return;
        }
        state = State.DONE;
        reports.served(route, version, offset, fence, parked);
        host.ownershipChanged();
    }

    /** The former owner is silent: its log is fenced for it. Its reads are waited out, since this fence is not its own (R4). */
    private void takeOver(Importer done, long now) {
        if (takeoverSent || now - cutoverSinceNanos < route.takeoverMillis() * 1_000_000L) {
            return;
        }
        takeoverSent = true;
        done.appendFence(
                // The key is unique in the other shard's log too (R7).
                host.controlKey('F').concat(Bytes.utf8(host.shard())),
                new ShardRecord.Fence(
                        host.epoch(),
                        host.incarnation(),
                        duty.keyspaceId(),
                        duty.tablet().range(),
                        duty.tablet().version(),
                        route.migration(),
                        false,
                        false));
    }

    /** After each store commit: tells how far it is, at once while the owner waits for it. */
    void committed() {
        if (importer != null && state == State.RUNNING) {
            importer.recordProgress();
            if (route.phase().isDualWriting() || route.phase() == Phase.CUTOVER) {
                reports.progress(route, importer, Pace.AT_ONCE);
            }
        }
    }
}
