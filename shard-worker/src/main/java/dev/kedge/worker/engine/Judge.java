package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Holding.Staging;
import dev.kedge.worker.engine.Holding.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Decides which records of a shard's log count (R10: nobody else does). Fed every record in offset order; owner, replica, recovery,
 * audit and change consumers all use it. Not thread-safe.
 */
public final class Judge {
    /** What a record is worth. */
    public enum Verdict {
        /** It counts. */
        VALID,
        /** A row of an import attempt in progress: it counts if the attempt is completed (R6). */
        STAGED,
        /** It does not count and never will. */
        VOID
    }

    /** The opening all records must belong to (R1). */
    public record Opening(long epoch, long incarnation, long offset, long leaseMillis, boolean closed) {}

    private @Nullable Opening opening;
    private long longestLeaseMillis;
    /** Ranges the log has ever said something about, by their first key; they do not overlap. */
    private final TreeMap<Bytes, Holding> holdings = new TreeMap<>();
    /** The holding of the last row judged: rows come in runs of one range. */
    private @Nullable Holding last;

    /**
     * A judge for a log read from its {@code ImportCompleted} on, which carries all that a later reader of that range needs: the
     * opening it belongs to and the ownership it begins (R7).
     */
    static Judge startingAt(ShardRecord.ImportCompleted completed, long offset, long leaseMillis) {
        Judge judge = new Judge();
        judge.opening = new Opening(completed.epoch(), completed.incarnation(), offset, leaseMillis, false);
        judge.longestLeaseMillis = leaseMillis;
        Span span = Span.of(completed.keyspaceId(), completed.range());
        judge.holdings.put(
                span.from(), new Holding(span, Status.OWNED, completed.version(), offset, completed.migration(), null));
        return judge;
    }

    /** The latest valid opening; null before the first. */
    public @Nullable Opening opening() {
        return opening;
    }

    /** The longest lease any opening of this log has had. */
    long longestLeaseMillis() {
        return longestLeaseMillis;
    }

    /** Whether the shard's writes to a data key count. */
    public boolean owns(Bytes key) {
        return holding(key).isOwned();
    }

    Holding holding(Bytes key) {
        Holding cached = last;
        if (cached != null && cached.span().contains(key)) {
            return cached;
        }
        Map.Entry<Bytes, Holding> floor = holdings.floorEntry(key);
        if (floor != null && floor.getValue().span().contains(key)) {
            last = floor.getValue();
            return floor.getValue();
        }
        Bytes from = floor == null ? Bytes.EMPTY : floor.getValue().span().to();
        Bytes next = holdings.higherKey(key);
        return Holding.vacant(new Span(from, next == null ? PAST_ALL : next));
    }

    private static final Bytes PAST_ALL = Bytes.wrap(new byte[] {(byte) 0xff});

    /** All that holds in a span, in order, without gaps. */
    List<Holding> over(Span span) {
        List<Holding> found = new ArrayList<>();
        Bytes at = span.from();
        while (at.compareTo(span.to()) < 0) {
            Holding holding = holding(at);
            Bytes to = holding.span().to().compareTo(span.to()) < 0
                    ? holding.span().to()
                    : span.to();
            found.add(holding.over(at, to));
            at = to;
        }
        return found;
    }

    boolean ownsAll(Span span) {
        return over(span).stream().allMatch(Holding::isOwned);
    }

    List<Holding> all() {
        return List.copyOf(holdings.values());
    }

    /** Judges the record at {@code offset} and takes it into account. */
    public Verdict judge(long offset, Bytes key, ShardRecord record) {
        return judge(offset, 0, key, record);
    }

    /**
     * Judges the record at {@code offset} and takes it into account.
     *
     * @param timestampMillis the broker's time of append, for the age of imports (R0)
     */
    Verdict judge(long offset, long timestampMillis, Bytes key, ShardRecord record) {
        return switch (record) {
            case ShardRecord.Change c -> row(current(c) && holding(key).isOwned());
            case ShardRecord.Import i -> staged(i, key);
            case ShardRecord.EvictRow e -> row(current(e) && evictable(holding(key), e));
            case ShardRecord.Restore r -> restored(r, key);
            case ShardRecord.Opened o -> opened(offset, o);
            case ShardRecord.Closed c -> closed(c);
            case ShardRecord.KeepAlive k -> row(current(k));
            case ShardRecord.Marker m -> row(current(m));
            case ShardRecord.ImportStarted i -> importStarted(i, timestampMillis);
            case ShardRecord.ImportProgress p -> importProgress(p, timestampMillis);
            case ShardRecord.Created c -> created(offset, c);
            case ShardRecord.Fence f -> fence(offset, f);
            case ShardRecord.ImportCompleted i -> importCompleted(offset, i);
            case ShardRecord.Evicted e -> evicted(offset, e);
        };
    }

    private static Verdict row(boolean valid) {
        return valid ? Verdict.VALID : Verdict.VOID;
    }

    /** R1: a record counts only within the latest valid opening. */
    private boolean current(ShardRecord record) {
        Opening now = opening;
        return now != null && !now.closed && now.incarnation == record.incarnation() && now.epoch == record.epoch();
    }

    private Verdict staged(ShardRecord.Import i, Bytes key) {
        return current(i) && isAwaited(i, key) ? Verdict.STAGED : Verdict.VOID;
    }

    /** R6: the row's range is being imported by the attempt it belongs to. */
    private boolean isAwaited(ShardRecord.Import i, Bytes key) {
        return holding(key).isStaging(i.migration(), i.attempt());
    }

    /** R5. In a range being imported the value repeated is a staged one (R6). */
    private Verdict restored(ShardRecord.Restore r, Bytes key) {
        if (!current(r)) {
            return Verdict.VOID;
        }
        return holding(key).staging() == null ? Verdict.VALID : Verdict.STAGED;
    }

    /** R9: rows are evicted between the loss of a range and its {@code Evicted}, and never from an owned range. */
    private static boolean evictable(Holding holding, ShardRecord.EvictRow row) {
        if (!newer(holding, row.version())) {
            return false;
        }
        return switch (holding.status()) {
            case OWNED -> false;
            case LOST -> holding.migration().equals(row.migration());
            case VACANT, EVICTED ->
                holding.staging() != null && holding.staging().migration().equals(row.migration());
        };
    }

    private Verdict opened(long offset, ShardRecord.Opened o) {
        Opening now = opening;
        boolean valid =
                now == null || o.epoch() > now.epoch || (o.epoch() == now.epoch && o.incarnation() != now.incarnation);
        if (valid) {
            opening = new Opening(o.epoch(), o.incarnation(), offset, o.leaseMillis(), false);
            longestLeaseMillis = Math.max(longestLeaseMillis, o.leaseMillis());
        }
        return row(valid);
    }

    private Verdict closed(ShardRecord.Closed c) {
        Opening now = opening;
        if (now == null || !current(c)) {
            return Verdict.VOID;
        }
        opening = new Opening(now.epoch, now.incarnation, now.offset, now.leaseMillis, true);
        return Verdict.VALID;
    }

    private Verdict importStarted(ShardRecord.ImportStarted i, long timestampMillis) {
        Span span = Span.of(i.keyspaceId(), i.range());
        if (!current(i) || !isNews(span, i.version()) || !over(span).stream().allMatch(h -> mayImport(h, i))) {
            return Verdict.VOID;
        }
        Staging staging = new Staging(
                i.migration(),
                i.attempt(),
                i.base(),
                i.sourceShard(),
                i.sourceFrom(),
                i.sourceFrom(),
                timestampMillis,
                null);
        change(span, h -> h.staging(staging));
        return Verdict.VALID;
    }

    /** R9: an import begins only where nothing of another migration is left. */
    private static boolean mayImport(Holding h, ShardRecord.ImportStarted i) {
        if (h.staging() != null && !h.staging().migration().equals(i.migration())) {
            return false;
        }
        return switch (h.status()) {
            case OWNED -> false;
            case VACANT, EVICTED -> i.base() == ImportBase.FRESH;
            case LOST -> h.migration().equals(i.migration());
        };
    }

    private Verdict importProgress(ShardRecord.ImportProgress p, long timestampMillis) {
        Span span = Span.of(p.keyspaceId(), p.range());
        if (!current(p) || !isStaging(span, p.migration(), p.attempt())) {
            return Verdict.VOID;
        }
        change(span, h -> {
            Staging s = h.staging();
            return s == null
                    ? h
                    : h.staging(new Staging(
                            s.migration(),
                            s.attempt(),
                            s.base(),
                            s.sourceShard(),
                            s.sourceFrom(),
                            p.position(),
                            timestampMillis,
                            p.sourceJudge()));
        });
        return Verdict.VALID;
    }

    /** R6: what an attempt has brought is all there is, and nothing has ended the attempt. */
    private boolean isStaging(Span span, String migration, int attempt) {
        return over(span).stream().allMatch(h -> h.isStaging(migration, attempt));
    }

    private Verdict created(long offset, ShardRecord.Created c) {
        Span span = Span.of(c.keyspaceId(), c.range());
        boolean valid = current(c) && over(span).stream().allMatch(h -> h.status() == Status.VACANT);
        return valid ? own(span, Status.OWNED, c.version(), offset, "") : Verdict.VOID;
    }

    /** R2. Exempt from R1: a new owner may fence a dead one. */
    private Verdict fence(long offset, ShardRecord.Fence f) {
        Span span = Span.of(f.keyspaceId(), f.range());
        return isNews(span, f.version()) ? own(span, Status.LOST, f.version(), offset, f.migration()) : Verdict.VOID;
    }

    private Verdict importCompleted(long offset, ShardRecord.ImportCompleted i) {
        Span span = Span.of(i.keyspaceId(), i.range());
        boolean valid = current(i) && isNews(span, i.version()) && isStaging(span, i.migration(), i.attempt());
        return valid ? own(span, Status.OWNED, i.version(), offset, i.migration()) : Verdict.VOID;
    }

    private Verdict evicted(long offset, ShardRecord.Evicted e) {
        Span span = Span.of(e.keyspaceId(), e.range());
        boolean valid =
                current(e) && isNews(span, e.version()) && over(span).stream().noneMatch(Holding::isOwned);
        return valid ? own(span, Status.EVICTED, e.version(), offset, e.migration()) : Verdict.VOID;
    }

    /** R2: what acts on a routing version counts only if it is higher than that of all ownership records before it on its range. */
    private boolean isNews(Span span, long version) {
        return over(span).stream().allMatch(h -> newer(h, version));
    }

    private static boolean newer(Holding holding, long version) {
        return holding.version() < version;
    }

    private Verdict own(Span span, Status status, long version, long offset, String migration) {
        cut(span);
        holdings.put(span.from(), new Holding(span, status, version, offset, migration, null));
        return Verdict.VALID;
    }

    private void change(Span span, UnaryOperator<Holding> by) {
        List<Holding> before = over(span);
        cut(span);
        for (Holding holding : before) {
            holdings.put(holding.span().from(), by.apply(holding));
        }
    }

    /** Removes what lies within the span, keeping what reaches out of it. */
    private void cut(Span span) {
        last = null;
        Map.Entry<Bytes, Holding> floor = holdings.floorEntry(span.from());
        if (floor != null) {
            Holding left = floor.getValue();
            if (left.span().to().compareTo(span.to()) > 0) {
                holdings.put(span.to(), left.over(span.to(), left.span().to()));
            }
            if (left.span().from().compareTo(span.from()) < 0
                    && left.span().to().compareTo(span.from()) > 0) {
                holdings.put(left.span().from(), left.over(left.span().from(), span.from()));
            }
        }
        Map.Entry<Bytes, Holding> tail = holdings.lowerEntry(span.to());
        if (tail != null
                && tail.getKey().compareTo(span.from()) >= 0
                && tail.getValue().span().to().compareTo(span.to()) > 0) {
            holdings.put(
                    span.to(),
                    tail.getValue().over(span.to(), tail.getValue().span().to()));
        }
        holdings.subMap(span.from(), true, span.to(), false).clear();
    }

    /** The state as bytes, for a store or a progress record. */
    public byte[] save() {
        return JudgeState.save(opening, longestLeaseMillis, holdings.values());
    }

    /**
     * The state as bytes for a reader of this log in another shard: without what this shard itself knows of the logs it imports from, which
     * such a reader does not need and which would nest without end.
     */
    byte[] saveForReader() {
        return JudgeState.save(
                opening,
                longestLeaseMillis,
                holdings.values().stream().map(Holding::withoutSourceJudge).toList());
    }

    /** @throws IllegalStateException if the bytes are no saved state */
    public static Judge load(byte[] saved) {
        Judge judge = new Judge();
        JudgeState state = JudgeState.load(saved);
        judge.opening = state.opening();
        judge.longestLeaseMillis = state.longestLeaseMillis();
        for (Holding holding : state.holdings()) {
            judge.holdings.put(holding.span().from(), holding);
        }
        return judge;
    }
}
