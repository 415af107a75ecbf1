package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Duties.Duty;
import dev.kedge.worker.engine.Judge.Verdict;
import dev.kedge.worker.engine.Ports.Lane;
import dev.kedge.worker.engine.Reply.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes clients' requests: decides whether the shard may serve them now, reads, writes, and holds what has to wait. */
final class Requests {
    /** What the whole engine gives to this part. */
    interface Engine extends Host {
        /** The shard is open and its predecessor's lease is over. */
        boolean isServing();

        /** Not any more: the shard is being stopped or belongs to somebody else. */
        boolean isGone();

        Lease lease();

        /** A fence of this shard is on its way to a part of the span. */
        boolean isFencing(Span span);

        /** Appends something now, so that the lease is renewed. */
        void renewLease();

        /** Runs once everything applied so far is in the store. */
        void afterCommit(Runnable then);

        /** Runs {@code reply} once the replicas that a write to the keys at {@code offset} needs have it too. */
        void throughGates(Collection<Bytes> keys, long offset, Runnable reply);

        void count(List<Span> spans, Request.ReplySink replies);

        /** How old an answer from a replica's rows can be now, in milliseconds. */
        long stalenessMillis(Duty duty);
    }

    /** What may be done with a key now. */
    private sealed interface Disposition {
        record Serve() implements Disposition {}

        record Wait(long millis) implements Disposition {}

        /** Wait for a switch that may be about to happen; then redirect. */
        record WaitThenMove(long millis, Bytes key, String shard) implements Disposition {}

        record Move(Bytes key, String shard) implements Disposition {}

        record Unowned() implements Disposition {}
    }

    /** A request that waits. */
    private record Waiting(Request request, long untilNanos, Reply otherwise) {}

    private static final Disposition SERVE = new Disposition.Serve();
    private static final Reply TRY_AGAIN = new Reply.Failed(
            Failure.TRY_AGAIN, "the tablet is not being served at the moment; nothing was done, try again");
    private static final Reply STOPPING =
            new Reply.Failed(Failure.TRY_AGAIN, "the shard is closing here; nothing was done, try again");
    private static final Reply INDETERMINATE =
            new Reply.Failed(Failure.INDETERMINATE, "its place in the log is unknown");

    private final Engine engine;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /** How many of those that wait name a key: what comes later for that key waits behind them. */
    private final Map<Bytes, Integer> waitingKeys = new HashMap<>();
    /** The latest write on its way per key: what follows sees its value. */
    private final Map<Bytes, Pending> latest = new HashMap<>();
    /** Reads and writes since the last heartbeat, by the tablet's first data key. */
    private final Map<Bytes, long[]> load = new HashMap<>();

    Requests(Engine engine) {
        this.engine = engine;
    }

    void request(Request request) {
        dispatch(request, null);
    }

    /** What has waited is looked at again, in order. */
    void retryWaiting() {
        List<Waiting> all = new ArrayList<>(waiting);
        waiting.clear();
        waitingKeys.clear();
        for (Waiting w : all) {
            dispatch(w.request, w);
        }
    }

    /** Answers what has waited too long. */
    void expire(long nowNanos) {
        boolean any = waiting.removeIf(w -> {
            boolean over = nowNanos - w.untilNanos >= 0;
            if (over) {
                keysOf(w.request).forEach(k -> waitingKeys.computeIfPresent(k, (key, n) -> n == 1 ? null : n - 1));
                w.request.replies().reply(w.otherwise);
            }
            return over;
        });
        if (any && !waiting.isEmpty()) {
            retryWaiting(); // what waited behind them for a key
        }
    }

    void refuseWaiting() {
        waiting.forEach(w -> w.request.replies().reply(STOPPING));
        waiting.clear();
        waitingKeys.clear();
    }

    /** The opening is over: values on their way are no longer known. */
    void forgetPending() {
        latest.clear();
    }

    boolean isBeingWritten(Bytes key) {
        return latest.containsKey(key);
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    int waitingFor(Span span) {
        int count = 0;
        for (Waiting w : waiting) {
            if (w.request.operation() instanceof Operation.Keyed keyed
                    && span.contains(keyed.keys().get(0))) {
                count++;
            }
        }
        return count;
    }

    /** Reads and writes of a tablet since the last call. */
    long[] takeLoad(Span span) {
        long[] counts = load.remove(span.from());
        return counts == null ? new long[2] : counts;
    }

    private void dispatch(Request request, @Nullable Waiting before) {
        if (engine.isGone()) {
            request.replies().reply(STOPPING);
            return;
        }
        switch (request.operation()) {
            case Operation.Keyed keyed -> {
                if (!waitingKeys.isEmpty() && keyed.keys().stream().anyMatch(waitingKeys::containsKey)) {
                    park(request, before, engine.settings().parkMillis(), TRY_AGAIN);
                } else {
                    dispatchKeyed(request, keyed, before);
                }
            }
            case Operation.Scan scan -> {
                if (isReadable(request, before, scan.from(), scan.to())) {
                    request.replies().reply(scan(scan));
                }
            }
            case Operation.Count count -> {
                if (isReadable(request, before, count.from(), count.to())) {
                    engine.commit();
                    engine.count(ownedSpans(count.from(), count.to()), request.replies());
                }
            }
        }
    }

    /** Whether the shard can speak for all it should own in a range; parks the request otherwise. */
    private boolean isReadable(Request request, @Nullable Waiting before, Bytes from, Bytes to) {
        Span asked = new Span(from, to);
        boolean arriving = false;
        for (Duty duty : engine.duties().all()) {
            arriving |= duty.owner()
                    && duty.span().overlaps(asked)
                    && (!engine.judge().ownsAll(duty.span()) || engine.isFencing(duty.span()));
        }
        if (arriving || !engine.isServing()) {
            park(request, before, engine.settings().parkMillis(), TRY_AGAIN);
            return false;
        }
        return leaseCovers(request, before);
    }

    private void dispatchKeyed(Request request, Operation.Keyed keyed, @Nullable Waiting before) {
        List<Bytes> keys = keyed.keys();
        Disposition first = disposition(keys.get(0), request);
        for (int i = 1; i < keys.size(); i++) {
            Disposition other = disposition(keys.get(i), request);
            if (other.getClass() != first.getClass() || differs(first, other)) {
                if (other instanceof Disposition.Wait || first instanceof Disposition.Wait) {
                    first = new Disposition.Wait(engine.settings().parkMillis());
                    break;
                }
                request.replies()
                        .reply(new Reply.Failed(Failure.CROSS_SLOT, "the keys of this request are on several shards"));
                return;
            }
        }
        switch (first) {
            case Disposition.Serve s -> serve(request, keyed, before);
            case Disposition.Wait w -> park(request, before, w.millis, TRY_AGAIN);
            case Disposition.WaitThenMove w -> park(request, before, w.millis, new Reply.Moved(w.key, w.shard));
            case Disposition.Move m -> request.replies().reply(new Reply.Moved(m.key, m.shard));
            case Disposition.Unowned u ->
                request.replies().reply(new Reply.Failed(Failure.UNOWNED, "no shard is known to own this key"));
        }
    }

    private static boolean differs(Disposition a, Disposition b) {
        return a instanceof Disposition.Move x && b instanceof Disposition.Move y && !x.shard.equals(y.shard);
    }

    private Disposition disposition(Bytes key, Request request) {
        Duty duty = engine.duties().at(key);
        if (duty == null) {
            String owner = engine.duties().ownerOf(key);
            return owner == null ? new Disposition.Unowned() : new Disposition.Move(key, owner);
        }
        long park = engine.settings().parkMillis();
        boolean owned = engine.judge().owns(key);
        if (duty.owner()) {
            boolean servable = owned && engine.isServing() && !engine.isFencing(duty.span());
            return servable ? SERVE : new Disposition.Wait(park);
        }
        String owner = duty.tablet().shard();
        if (duty.isFormerOwner() && owned) {
            return new Disposition.Wait(park); // until the fence stands: then the new owner can be asked
        }
        if (request.replicaRead() && !(request.operation() instanceof Operation.Write) && isFresh(duty)) {
            return SERVE;
        }
        if (duty.phase().isDualWriting() && !owned) {
            return new Disposition.WaitThenMove(engine.settings().handoverParkMillis(), key, owner);
        }
        return new Disposition.Move(key, owner);
    }

    /** Whether this shard's replica of the tablet may answer who accepts stale reads: within the staleness that was stated. */
    private boolean isFresh(Duty duty) {
        long most = duty.maxStalenessMillis(engine.settings());
        return most > 0 && engine.stalenessMillis(duty) <= most;
    }

    private void park(Request request, @Nullable Waiting before, long millis, Reply otherwise) {
        if (waiting.size() >= engine.settings().maxParked()) {
            request.replies().reply(TRY_AGAIN);
            return;
        }
        if (before != null && before.otherwise.getClass() == otherwise.getClass()) {
            waiting.add(before);
        } else {
            waiting.add(new Waiting(request, engine.nowNanos() + millis * 1_000_000, otherwise));
        }
        keysOf(request).forEach(k -> waitingKeys.merge(k, 1, Integer::sum));
    }

    /** The wait that begins, or goes on, with a request that is served: however often that comes to nothing, it lasts no longer than any. */
    private Waiting begun(Request request, @Nullable Waiting before) {
        return before != null && before.otherwise.equals(TRY_AGAIN)
                ? before
                : new Waiting(request, engine.nowNanos() + engine.settings().parkMillis() * 1_000_000, TRY_AGAIN);
    }

    private static List<Bytes> keysOf(Request request) {
        return request.operation() instanceof Operation.Keyed keyed ? keyed.keys() : List.of();
    }

    private void serve(Request request, Operation.Keyed keyed, @Nullable Waiting before) {
        boolean write = keyed instanceof Operation.Write;
        Bytes key = keyed.keys().get(0);
        Duty duty = engine.duties().at(key);
        if (duty != null && before == null) {
            load.computeIfAbsent(duty.span().from(), k -> new long[2])[write ? 1 : 0]++;
        }
        if (keyed instanceof Operation.Write w) {
            write(request, w, before);
        } else {
            read(request, keyed, before);
        }
    }

    private byte @Nullable [] currentValue(Bytes key) {
        Pending pending = latest.get(key);
        return pending == null ? engine.store().get(key) : ((ShardRecord.Row) pending.record).value();
    }

    private void read(Request request, Operation.Keyed keyed, @Nullable Waiting before) {
        List<byte @Nullable []> values = new ArrayList<>(keyed.keys().size());
        boolean owned = false;
        if (request.replicaRead()) {
            engine.commit(); // a replica's freshness is judged by what it has applied, so that is what must be read
        }
        for (Bytes key : keyed.keys()) {
            boolean mine = engine.judge().owns(key);
            owned |= mine;
            // What a former owner still has on its way is void.
            values.add(mine ? currentValue(key) : engine.store().get(key));
        }
        Reply reply = Writes.read(keyed, values, engine.settings().maxReplyBytes());
        if (owned) {
            answerAsRead(request, keyed, reply, before);
        } else {
            request.replies().reply(reply); // a replica read: stale by contract
        }
    }

    /** R4: the answer shows state, so it needs the lease, and it must not show what is not confirmed yet. */
    private void answerAsRead(Request request, Operation.Keyed keyed, Reply reply, @Nullable Waiting before) {
        Set<Pending> unconfirmed = new LinkedHashSet<>();
        boolean fromStore = false;
        for (Bytes key : keyed.keys()) {
            Pending pending = latest.get(key);
            if (pending == null) {
                fromStore = true;
            } else {
                unconfirmed.add(pending);
            }
        }
        if (fromStore && !leaseCovers(request, before)) {
            return;
        }
        if (unconfirmed.isEmpty()) {
            request.replies().reply(reply);
            return;
        }
        ReadGroup group = new ReadGroup(request, reply, unconfirmed.size(), begun(request, before));
        unconfirmed.forEach(pending -> pending.follow(group));
    }

    /**
     * A read that saw values on their way. Each of them has to be confirmed: that a later one counts says nothing about an earlier one in
     * another tablet, which a fence may have made void.
     */
    private final class ReadGroup implements Pending.Outcome {
        private final Request request;
        private final Reply reply;
        private final Waiting begun;
        private int open;
        private boolean isVoid;
        private boolean lost;

        ReadGroup(Request request, Reply reply, int open, Waiting begun) {
            this.request = request;
            this.reply = reply;
            this.open = open;
            this.begun = begun;
        }

        @Override
        public void applied(long offset, Verdict verdict) {
            isVoid |= verdict == Verdict.VOID;
            if (--open == 0) {
                engine.afterCommit(this::finish);
            }
        }

        private void finish() {
            // The write may have been confirmed long after it was sent: others may have written since (R4).
            if (isVoid || !engine.lease().covers(request.receivedNanos())) {
                dispatch(request, begun);
            } else {
                request.replies().reply(reply);
            }
        }

        @Override
        public void lost() {
            if (!lost) {
                lost = true;
                park(request, begun, engine.settings().parkMillis(), TRY_AGAIN);
            }
        }
    }

    private boolean leaseCovers(Request request, @Nullable Waiting before) {
        if (engine.lease().covers(request.receivedNanos())) {
            return true;
        }
        park(request, before, engine.settings().parkMillis(), TRY_AGAIN);
        engine.renewLease();
        return false;
    }

    private void write(Request request, Operation.Write write, @Nullable Waiting before) {
        Writes.Plan plan =
                Writes.plan(write, this::currentValue, engine.settings().maxValueBytes());
        if (plan.rows().isEmpty()) {
            answerAsRead(request, write, plan.reply(), before);
            return;
        }
        WriteGroup group = new WriteGroup(
                request, plan.reply(), plan.rows().keySet(), plan.rows().size(), begun(request, before));
        plan.rows().forEach((key, value) -> {
            RowOutcome outcome = new RowOutcome(group, key);
            outcome.pending = engine.append(
                    Lane.FOREGROUND, key, new ShardRecord.Change(engine.epoch(), engine.incarnation(), value), outcome);
            latest.put(key, outcome.pending);
        });
    }

    /** All rows of one write. */
    private final class WriteGroup {
        final Request request;
        final Reply reply;
        final Collection<Bytes> keys;
        final Waiting begun;
        int open;
        int voids;
        int valid;
        boolean lost;
        long offset;

        WriteGroup(Request request, Reply reply, Collection<Bytes> keys, int rows, Waiting begun) {
            this.request = request;
            this.reply = reply;
            this.keys = keys;
            this.open = rows;
            this.begun = begun;
        }

        void finish() {
            if (lost) {
                return;
            }
            if (voids == 0) {
                engine.throughGates(keys, offset, () -> request.replies().reply(reply));
            } else if (valid == 0) {
                dispatch(request, begun); // fenced first: nothing was done, so the request may be redirected
            } else {
                request.replies().reply(INDETERMINATE);
            }
        }
    }

    private final class RowOutcome implements Pending.Outcome {
        private final WriteGroup group;
        private final Bytes key;
        private @Nullable Pending pending;

        RowOutcome(WriteGroup group, Bytes key) {
            this.group = group;
            this.key = key;
        }

        @Override
        public void applied(long offset, Verdict verdict) {
            group.open--;
            group.offset = offset;
            if (verdict == Verdict.VOID) {
                group.voids++;
            } else {
                group.valid++;
            }
            engine.afterCommit(() -> {
                if (pending != null) {
                    latest.remove(key, pending);
                }
                if (group.open == 0) {
                    group.open = -1;
                    group.finish();
                }
            });
        }

        @Override
        public void lost() {
            if (!group.lost) {
                group.lost = true;
                group.request.replies().reply(INDETERMINATE);
            }
        }
    }

    private List<Span> ownedSpans(Bytes from, Bytes to) {
        Span asked = new Span(from, to);
        List<Span> spans = new ArrayList<>();
        for (Duty duty : engine.duties().all()) {
            if (duty.owner() && duty.span().overlaps(asked) && engine.judge().ownsAll(duty.span())) {
                Bytes start = max(from, duty.span().from());
                Bytes end = duty.span().to().compareTo(to) < 0 ? duty.span().to() : to;
                spans.add(new Span(start, end));
            }
        }
        return spans;
    }

    private static Bytes max(Bytes a, Bytes b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private Reply scan(Operation.Scan scan) {
        engine.commit();
        List<Bytes> keys = new ArrayList<>();
        for (Span span : ownedSpans(scan.from(), scan.to())) {
            int room = scan.limit() - keys.size();
            List<Ports.Row> rows = engine.store().scan(span.from(), span.to(), room);
            rows.forEach(row -> keys.add(row.key()));
            if (keys.size() >= scan.limit()) {
                Bytes after = keys.get(keys.size() - 1).successor();
                return new Reply.Keys(keys, after);
            }
        }
        return new Reply.Keys(keys, null);
    }
}
