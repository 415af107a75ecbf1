package dev.kedge.worker.engine;

import dev.kedge.model.ImportBase;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Holding.Status;
import dev.kedge.worker.engine.Judge.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a replica makes of the owner's log: which records concern its tablet, by the owner's own rules (R10). */
final class SourceView {
    /** What one source record means for the tablet. */
    sealed interface Seen {
        /** Nothing. */
        record Nothing() implements Seen {}

        /** A row of the tablet that counts. */
        record TabletRow(ShardRecord.Row row) implements Seen {}

        /** Both sides digest here, if it is this replication's. */
        record Mark(ShardRecord.Marker marker) implements Seen {}

        /** The owner itself began afresh here: what it held of this span before is gone. */
        record Cleared(Span span) implements Seen {}
    }

    /**
     * The fence that ends the owner's part.
     *
     * @param settled nobody else can be reading under an earlier lease (R4)
     */
    record SeenFence(long offset, long version, boolean settled, long timestampMillis, long seenNanos) {}

    private static final Seen NOTHING = new Seen.Nothing();

    private final Span span;
    private final long from;
    private final ImportBase base;
    private final long leaseMillis;
    private Judge judge;
    private final SourceStates states;
    private @Nullable SeenFence fence;
    private long ownedFrom;

    /**
     * A view that starts at {@code from}.
     *
     * @param saved the log's validity state there; null at the start of an attempt
     * @param leaseMillis assumed of openings that lie before a start in the middle
     */
    SourceView(Span span, ImportBase base, long from, byte @Nullable [] saved, long leaseMillis) {
        this.span = span;
        this.base = base;
        this.from = from;
        this.leaseMillis = leaseMillis;
        this.judge = saved == null ? new Judge() : Judge.load(saved);
        this.states = new SourceStates(from, saved);
        this.ownedFrom = findOwnedFrom();
    }

    /** Takes the next record into account. */
    Seen look(Logged logged, long nowNanos) {
        if (startsInTheMiddle(logged)) {
            return NOTHING;
        }
        Verdict verdict = judge.judge(logged.offset(), logged.key(), logged.record());
        if (!counts(verdict)) {
            return NOTHING;
        }
        return switch (logged.record()) {
            case ShardRecord.Row row -> span.contains(logged.key()) ? new Seen.TabletRow(row) : NOTHING;
            case ShardRecord.KeepAlive k -> NOTHING;
            case ShardRecord.ImportProgress p -> NOTHING;
            case ShardRecord.Marker m -> new Seen.Mark(m);
            case ShardRecord.Fence f -> fenced(logged, f, nowNanos);
            case ShardRecord.ImportStarted i -> started(logged, i);
            case ShardRecord.Opened o -> changed(logged);
            case ShardRecord.Closed c -> changed(logged);
            case ShardRecord.Created c -> changed(logged);
            case ShardRecord.ImportCompleted i -> changed(logged);
            case ShardRecord.Evicted e -> changed(logged);
        };
    }

    /** R10: what the owner's judge says; staged rows are imported too, since they count once their attempt is completed. */
    private static boolean counts(Verdict verdict) {
        return verdict != Verdict.VOID;
    }

    /** A kept replica starts at the owner's {@code ImportCompleted}, which holds all it needs to judge on (R7). */
    private boolean startsInTheMiddle(Logged logged) {
        if (base == ImportBase.KEPT
                && logged.offset() == from
                && judge.opening() == null
                && logged.record() instanceof ShardRecord.ImportCompleted completed) {
            judge = Judge.startingAt(completed, logged.offset(), leaseMillis);
            changed(logged);
            return true;
        }
        return false;
    }

    private Seen fenced(Logged logged, ShardRecord.Fence f, long nowNanos) {
        changed(logged);
        if (Span.of(f.keyspaceId(), f.range()).contains(span)) {
            fence = new SeenFence(logged.offset(), f.version(), vouchesForLease(f), logged.timestampMillis(), nowNanos);
        }
        return NOTHING;
    }

    /**
     * R4: whether nobody can be reading under an earlier lease once this fence stands. Fences are exempt from R1, so a deposed owner's may come
     * late: only the latest opening can vouch for its lease.
     */
    private boolean vouchesForLease(ShardRecord.Fence f) {
        Judge.Opening opening = judge.opening();
        return f.byOwner()
                && f.leaseSettled()
                && opening != null
                && opening.epoch() == f.epoch()
                && opening.incarnation() == f.incarnation();
    }

    private Seen started(Logged logged, ShardRecord.ImportStarted started) {
        changed(logged);
        Span cleared = Span.of(started.keyspaceId(), started.range());
        if (started.base() != ImportBase.FRESH || !cleared.overlaps(span)) {
            return NOTHING;
        }
        return new Seen.Cleared(new Span(
                cleared.from().compareTo(span.from()) > 0 ? cleared.from() : span.from(),
                cleared.to().compareTo(span.to()) < 0 ? cleared.to() : span.to()));
    }

    private Seen changed(Logged logged) {
        states.changed(logged.offset() + 1, judge.saveForReader());
        ownedFrom = findOwnedFrom();
        return NOTHING;
    }

    /**
     * Where the record stands that made the source the owner of the whole span, as far as its log has been read; past all offsets if it
     * does not own it now.
     */
    long ownedFrom() {
        return ownedFrom;
    }

    private long findOwnedFrom() {
        long offset = -1;
        for (Holding holding : judge.over(span)) {
            if (!holding.isOwned()) {
                return Long.MAX_VALUE;
            }
            offset = Math.max(offset, holding.offset());
        }
        return offset;
    }

    /** The validity state of a reader that goes on at {@code position}; null for that of an empty log. */
    byte @Nullable [] stateAt(long position) {
        return states.at(position);
    }

    /**
     * The owner's fence at {@code version} or later; null if it has none yet. A replica that resumed behind the fence knows it from the saved
     * state, but not how it was written, so it waits for the lease.
     */
    @Nullable
    SeenFence fence(long version, long nowNanos) {
        SeenFence seen = fence;
        if (seen == null) {
            List<Holding> holdings = judge.over(span);
            if (holdings.stream().allMatch(h -> h.status() == Status.LOST && h.version() >= version)) {
                long offset = holdings.stream().mapToLong(Holding::offset).max().orElse(-1);
                seen = new SeenFence(offset, holdings.get(0).version(), false, -1, nowNanos);
                fence = seen;
            }
        }
        return seen != null && seen.version >= version ? seen : null;
    }

    /** Whether the owner has given the tablet up, as far as its log has been read. */
    boolean isFenced() {
        return judge.over(span).stream().allMatch(h -> h.status() == Status.LOST);
    }

    long longestLeaseMillis() {
        return Math.max(judge.longestLeaseMillis(), leaseMillis);
    }
}
