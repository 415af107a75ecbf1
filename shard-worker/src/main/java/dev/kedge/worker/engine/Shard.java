package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The engine of one shard: opens it, applies its log in order, and gives each part its turn. What counts in the log is {@link Judge}'s
 * business, what clients get {@link Requests}', what a migration asks of the shard {@link Pursuit}'s.
 */
public final class Shard implements ShardEngine, Requests.Engine, Tail.Sink {
    private enum State {
        NEW,
        /** Opened is on its way, or the log is being read up to it. */
        OPENING,
        /** Open, but a predecessor may still be serving reads under its lease. */
        SETTLING,
        SERVING,
        /** The opening broke; the next one is due at {@code reopenAtNanos}. */
        BROKEN,
        /** A higher epoch has opened the log: the shard is somebody else's. Or it can't be served from this store and log (R5). */
        DEPOSED,
        STOPPING,
        STOPPED
    }

    private static final long STOP_PATIENCE_NANOS = 3_000_000_000L;

    private final String shard;
    private final String worker;
    private final Ports ports;
    private final EngineSettings settings;
    private final LogRecovery recovery;
    private final Tail tail;
    private final Lease lease;
    private final Requests requests;
    private final KeptReports kept;
    private final Repairs repairs;
    private final AppliedLog log;
    private final Background background;
    private final Pursuit pursuit;
    private final Foreground timing;

    private State state = State.NEW;
    private String reason = "not started";
    private long epoch;
    private long incarnation;
    /** Openings of this process: none of them serves any more once the next is opened, so their leases need no waiting. */
    private final Set<Long> mine = new HashSet<>();

    private Duties duties;
    private List<Runnable> afterCommit = new ArrayList<>();

    private long settledAtNanos;
    private long reopenAtNanos;
    private int failures;
    private boolean renewing;
    private long sequence;
    private long ids;
    private @Nullable Runnable stopped;
    private long stopByNanos;
    private long statusNanos;

    public Shard(String shard, String worker, Ports ports, EngineSettings settings, LogRecovery recovery) {
        this.shard = shard;
        this.worker = worker;
        this.ports = ports;
        this.settings = settings;
        this.recovery = recovery;
        this.tail = new Tail(ports, this, settings);
        this.lease = new Lease(ports.clock(), settings);
        this.requests = new Requests(this);
        this.kept = new KeptReports(ports, settings);
        this.repairs = new Repairs(this);
        this.log = new AppliedLog(ports, repairs, recovery);
        this.background = new Background(ports);
        this.pursuit = new Pursuit(this);
        this.timing = new Foreground(ports.clock());
        this.duties = new Duties(RoutingMap.EMPTY, shard);
        this.settledAtNanos = ports.clock().monotonicNanos();
    }

    // ---- life

    @Override
    public void start(long newEpoch, RoutingMap routing) {
        epoch = newEpoch;
        duties = new Duties(isMine(routing) ? routing : RoutingMap.EMPTY, shard);
        statusNanos = nowNanos();
        log.load(settings);
        open();
    }

    /**
     * What a map says once the shard was given to somebody else is for that one. One that slept meanwhile has not read what its successor
     * wrote, and would report as done what it never saw begun. The host stops it in good order.
     */
    private boolean isMine(RoutingMap routing) {
        ShardRoute route = routing.shard(shard);
        return route == null || route.epoch() <= epoch;
    }

    private void open() {
        state = State.OPENING;
        reason = "reading the log";
        incarnation = ports.nextIncarnation();
        mine.add(incarnation);
        sequence = 0;
        tail.reset(incarnation, log.next()).forEach(Pending::lost);
        append(
                Lane.FOREGROUND,
                controlKey('O'),
                new ShardRecord.Opened(epoch, incarnation, settings.leaseMillis(), worker),
                outcome((offset, verdict) -> opened(verdict)));
    }

    private void opened(Verdict verdict) {
        if (verdict == Verdict.VOID) {
            depose("a newer owner has opened this shard's log; this worker was assigned epoch " + epoch);
            return;
        }
        String doubt = recovery.anyway() ? null : repairs.doubt();
        if (doubt != null) {
            depose(doubt);
            return;
        }
        state = State.SETTLING;
        reason = "waiting for the previous owner's lease to run out";
        settle();
        pursuit.dirty();
    }

    /**
     * R4: an opening of ours has ended another's, which may serve reads under its lease for a while. That holds for one of ours whose append was
     * reported as failed too: only the log tells.
     */
    private void waitOut(Judge.@Nullable Opening before) {
        if (before != null && !before.closed() && !mine.contains(before.incarnation())) {
            long wait = settings.toOutlast(log.judge().longestLeaseMillis());
            settledAtNanos = Math.max(settledAtNanos, nowNanos() + wait * 1_000_000);
        }
    }

    private void settle() {
        if (state == State.SETTLING && nowNanos() - settledAtNanos >= 0) {
            state = State.SERVING;
            reason = "";
            failures = 0;
            afterCommit(requests::retryWaiting);
        }
    }

    @Override
    public void broken(String why) {
        if (state == State.DEPOSED || state == State.STOPPED) {
            return;
        }
        boolean stopping = state == State.STOPPING;
        state = State.BROKEN;
        reason = why;
        lease.drop();
        commit();
        // A number of no opening: nothing that still arrives is taken for a record of the next one.
        List<Pending> lost = tail.reset(-1, log.next());
        endOpening();
        lost.forEach(Pending::lost);
        if (stopping) {
            finishStop();
            return;
        }
        long backoffMillis = Math.min(2_000, 10L << Math.min(failures++, 8));
        reopenAtNanos = nowNanos() + backoffMillis * 1_000_000;
    }

    private void endOpening() {
        requests.forgetPending();
        pursuit.endOpening();
        repairs.endOpening();
        background.endOpening();
        renewing = false;
    }

    private void depose(String why) {
        if (state == State.STOPPING) {
            finishStop();
            return;
        }
        commit();
        List<Pending> lost = tail.reset(-1, log.next());
        state = State.DEPOSED;
        reason = why;
        lease.drop();
        endOpening();
        lost.forEach(Pending::lost);
        quiet();
    }

    /** This engine has nothing more to say: its successor speaks for the shard. */
    private void quiet() {
        requests.refuseWaiting();
        kept.clear();
        background.refuseCounts(
                new Reply.Failed(Reply.Failure.TRY_AGAIN, "the shard is closing here; nothing was done, try again"));
    }

    @Override
    public void stop(Runnable whenStopped) {
        stopped = whenStopped;
        stopByNanos = nowNanos() + STOP_PATIENCE_NANOS;
        boolean served = state == State.SERVING;
        State before = state;
        state = State.STOPPING;
        reason = "stopping";
        lease.drop();
        requests.refuseWaiting();
        pursuit.closeSources();
        if (!served || before == State.BROKEN) {
            finishStop();
            return;
        }
        append(
                Lane.FOREGROUND,
                controlKey('Z'),
                new ShardRecord.Closed(epoch, incarnation),
                outcome((offset, verdict) -> afterCommit(this::finishStop)));
    }

    private void finishStop() {
        if (state == State.STOPPED) {
            return;
        }
        commit();
        List<Pending> lost = tail.reset(-1, log.next());
        state = State.STOPPED;
        endOpening();
        lost.forEach(Pending::lost);
        quiet();
        Runnable then = stopped;
        if (then != null) {
            stopped = null;
            then.run();
        }
    }

    // ---- the log

    @Override
    public void apply(long offset, long timestampMillis, Bytes key, ShardRecord record, @Nullable Pending own) {
        Judge.Opening before = log.judge().opening();
        Verdict verdict = log.apply(offset, timestampMillis, key, record);
        if (verdict != Verdict.VOID && record instanceof ShardRecord.Opened o && mine.contains(o.incarnation())) {
            waitOut(before);
        }
        if (own != null) {
            lease.renewed(own);
            own.applied(offset, verdict);
            if (requests.isWaiting() && renewing) {
                renewing = false;
                afterCommit(requests::retryWaiting);
            }
        } else if (verdict != Verdict.VOID && record instanceof ShardRecord.Opened other) {
            superseded(other);
        }
        boolean significant = verdict != Verdict.VOID && isSignificant(record);
        if (significant && isOpen()) {
            ownershipChanged();
        }
        if (significant || log.isBatchFull()) {
            commit();
        }
    }

    /** Whether what waits may depend on it. */
    private static boolean isSignificant(ShardRecord record) {
        return switch (record) {
            case ShardRecord.Row r -> false;
            case ShardRecord.KeepAlive k -> false;
            case ShardRecord.Marker m -> false;
            case ShardRecord.ImportProgress p -> false;
            case ShardRecord.Opened o -> true;
            case ShardRecord.Closed c -> true;
            case ShardRecord.ImportStarted i -> true;
            case ShardRecord.Ownership o -> true;
        };
    }

    /** Somebody else opened the log. At a higher epoch the shard is theirs; at this one it must be opened again (R1). */
    private void superseded(ShardRecord.Opened other) {
        if (state == State.OPENING) {
            return; // history, read on the way to our own opening
        }
        if (other.epoch() > epoch) {
            depose("worker " + other.worker() + " has opened this shard at epoch " + other.epoch()
                    + "; this worker held epoch " + epoch);
        } else {
            broken("the shard's log was opened by another incarnation at the same epoch");
        }
    }

    @Override
    public void commit() {
        if (log.commit()) {
            pursuit.committed();
        }
        while (!afterCommit.isEmpty()) {
            List<Runnable> due = afterCommit;
            afterCommit = new ArrayList<>();
            due.forEach(Runnable::run);
        }
    }

    @Override
    public void afterCommit(Runnable then) {
        afterCommit.add(then);
    }

    // ---- inputs

    @Override
    public void routing(RoutingMap routing) {
        if (!isMine(routing)) {
            return;
        }
        duties = new Duties(routing, shard);
        pursuit.dirty();
        if (isOpen()) {
            pursuit.pursue();
        }
        requests.retryWaiting();
    }

    @Override
    public void request(Request request) {
        requests.request(timing.timed(request));
    }

    @Override
    public void appended(long token, long offset, long timestampMillis) {
        tail.appended(token, offset, timestampMillis);
    }

    @Override
    public void appendFailed(long token, String why) {
        tail.failed(token, why);
    }

    @Override
    public void logRecords(long readId, List<Logged> records) {
        tail.records(readId, records);
    }

    @Override
    public void logReadDone(long readId) {
        tail.readDone(readId);
    }

    @Override
    public void logReadFailed(long readId, String why) {
        tail.readFailed(readId, why);
    }

    @Override
    public void sourceRecords(long sourceId, List<Logged> records, long next, long end) {
        pursuit.sourceRecords(sourceId, records, next, end);
    }

    @Override
    public void sourceFailed(long sourceId, String why) {
        pursuit.sourceFailed(sourceId, why);
    }

    @Override
    public void digested(long digestId, DigestResult result) {
        background.digested(digestId, result);
    }

    @Override
    public void digestFailed(long digestId, String why) {
        if (background.failed(digestId, why)) {
            pursuit.digestFailed();
        }
    }

    @Override
    public void counted(long countId, long rows) {
        background.counted(countId, rows);
    }

    @Override
    public void replicaProgress(Report.ReplicaProgress progress) {
        pursuit.replicaProgress(progress);
    }

    @Override
    public void foregroundLatency(Report.ForegroundLatency latency) {
        pursuit.foregroundLatency(latency);
    }

    @Override
    public void tick() {
        long now = nowNanos();
        if (state == State.BROKEN && now - reopenAtNanos >= 0) {
            open();
        }
        if (state == State.STOPPING && now - stopByNanos >= 0) {
            finishStop();
        }
        tail.tick();
        settle();
        if (isOpen()) {
            pursuit.tick();
            repairs.tick();
            if (lease.needsRenewal(now)) {
                renewLease();
            }
        }
        kept.tick(now);
        requests.expire(now);
        commit();
    }

    @Override
    public void endOfBatch() {
        commit();
    }

    @Override
    public Report.ShardStatus status() {
        long now = nowNanos();
        double seconds = Math.max(1e-3, (now - statusNanos) / 1e9);
        statusNanos = now;
        List<Report.TabletLoad> loads = new ArrayList<>();
        long rows = 0;
        long bytes = 0;
        for (Duties.Duty duty : duties.all()) {
            if (!duty.owner()) {
                continue;
            }
            Ports.Size size = store().estimate(duty.span().from(), duty.span().to());
            long[] counts = requests.takeLoad(duty.span());
            rows += size.rows();
            bytes += size.bytes();
            loads.add(new Report.TabletLoad(
                    duty.tablet().keyspace().keyspace(),
                    duty.tablet().range().start(),
                    size.rows(),
                    size.bytes(),
                    counts[0] / seconds,
                    counts[1] / seconds));
        }
        ShardState shown = switch (state) {
            case SERVING -> ShardState.SERVING;
            case NEW, OPENING, SETTLING -> ShardState.OPENING;
            case BROKEN, DEPOSED, STOPPING, STOPPED -> ShardState.FAILED;
        };
        return new Report.ShardStatus(
                shard, epoch, shown, reason.isEmpty() ? null : reason, log.next(), rows, bytes, loads);
    }

    // ---- for the parts

    /** The opening is in the log and everything before it applied. */
    boolean isOpen() {
        return state == State.SETTLING || state == State.SERVING;
    }

    boolean isSettled() {
        return state == State.SERVING;
    }

    @Override
    public boolean isServing() {
        return state == State.SERVING;
    }

    @Override
    public boolean isGone() {
        return state == State.DEPOSED || state == State.STOPPING || state == State.STOPPED;
    }

    @Override
    public String shard() {
        return shard;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public EngineSettings settings() {
        return settings;
    }

    @Override
    public Ports ports() {
        return ports;
    }

    @Override
    public Judge judge() {
        return log.judge();
    }

    @Override
    public Duties duties() {
        return duties;
    }

    @Override
    public Lease lease() {
        return lease;
    }

    @Override
    public Foreground.Window foreground() {
        return timing.last();
    }

    Foreground timing() {
        return timing;
    }

    @Override
    public KeptReports kept() {
        return kept;
    }

    @Override
    public Pending append(Lane lane, Bytes key, ShardRecord record, Pending.Outcome outcome) {
        lease.sent(nowNanos());
        return tail.append(lane, key, record, outcome);
    }

    @Override
    public Bytes controlKey(char type) {
        return ShardKeys.control(type, epoch, incarnation, sequence++);
    }

    @Override
    public void renewLease() {
        if (!renewing && isOpen()) {
            renewing = true;
            append(
                    Lane.FOREGROUND,
                    ShardKeys.keepAlive(),
                    new ShardRecord.KeepAlive(epoch, incarnation),
                    outcome((offset, verdict) -> {
                        renewing = false;
                        if (requests.isWaiting()) {
                            afterCommit(requests::retryWaiting);
                        }
                    }));
        }
    }

    private interface Applied {
        void applied(long offset, Verdict verdict);
    }

    private static Pending.Outcome outcome(Applied then) {
        return new Pending.Outcome() {
            @Override
            public void applied(long offset, Verdict verdict) {
                then.applied(offset, verdict);
            }

            @Override
            public void lost() {
                // The next opening starts over.
            }
        };
    }

    @Override
    public void digest(Span span, Set<Integer> detailBuckets, Consumer<DigestResult> then) {
        background.digest(span, detailBuckets, then);
    }

    @Override
    public void count(List<Span> spans, Request.ReplySink replies) {
        background.count(spans, replies);
    }

    @Override
    public void throughGates(Collection<Bytes> keys, long offset, Runnable reply) {
        pursuit.throughGates(keys, offset, reply);
    }

    @Override
    public void evicted(Eviction eviction, Duties.Duty duty, long offset) {
        pursuit.dirty();
    }

    @Override
    public void ownershipChanged() {
        pursuit.dirty();
        afterCommit(() -> {
            pursuit.pursue();
            requests.retryWaiting();
        });
    }

    @Override
    public boolean repairing(Span span) {
        return repairs.isRepairing(span);
    }

    @Override
    public int parked(Span span) {
        return requests.waitingFor(span);
    }

    @Override
    public long nextSourceId() {
        return ids++;
    }

    @Override
    public long importReach(String migration, int attempt) {
        return log.importReach(migration, attempt);
    }

    @Override
    public long stalenessMillis(Duties.Duty duty) {
        return pursuit.stalenessMillis(duty);
    }

    @Override
    public boolean isFencing(Span span) {
        return pursuit.isFencing(span);
    }

    boolean importsInFlight(Bytes key) {
        return pursuit.importsInFlight(key);
    }

    /** Whether a write of a key is on its way: its own confirmation will tell what it is worth. */
    boolean isBeingWritten(Bytes key) {
        return requests.isBeingWritten(key);
    }
}
