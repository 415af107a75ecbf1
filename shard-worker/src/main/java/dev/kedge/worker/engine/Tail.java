package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The end of the shard's log as its owner sees it: hands every record on in offset order without a hole (R3). An own append that is
 * acknowledged past the expected offset waits until what lies between is known: either by acknowledgements of the other lane, or by
 * reading it from the log.
 */
final class Tail {
    /** Takes the records. Not to be called back into {@link #appended} or {@link #records} from within. */
    interface Sink {
        void apply(long offset, long timestampMillis, Bytes key, ShardRecord record, @Nullable Pending own);

        /** The opening cannot go on: a new one is needed (R1). */
        void broken(String reason);
    }

    private final Ports ports;
    private final Sink sink;
    private final long gapPatienceNanos;

    private long incarnation;
    private long nextToken;
    private long nextReadId;
    /** The offset expected next. */
    private long next;

    private final ArrayDeque<Pending> foreground = new ArrayDeque<>();
    private final ArrayDeque<Pending> bulk = new ArrayDeque<>();
    /** Acknowledged past a hole. */
    private final TreeMap<Long, Pending> acknowledged = new TreeMap<>();
    /** Read from the log, in order. */
    private final ArrayDeque<Logged> read = new ArrayDeque<>();

    private long readId = -1;
    private long readTo;
    private boolean readEnded;
    private long holeSinceNanos = -1;
    private boolean draining;

    Tail(Ports ports, Sink sink, EngineSettings settings) {
        this.ports = ports;
        this.sink = sink;
        this.gapPatienceNanos = settings.gapPatienceMillis() * 1_000_000;
    }

    /** Begins a new opening whose first expected offset is {@code next}; returns what was on its way, to be declared lost. */
    List<Pending> reset(long newIncarnation, long newNext) {
        ports.log().reset();
        List<Pending> lost = new ArrayList<>(acknowledged.values());
        lost.addAll(foreground);
        lost.addAll(bulk);
        foreground.clear();
        bulk.clear();
        acknowledged.clear();
        read.clear();
        readId = -1;
        readEnded = false;
        holeSinceNanos = -1;
        incarnation = newIncarnation;
        next = newNext;
        return lost;
    }

    long next() {
        return next;
    }

    boolean isIdle() {
        return foreground.isEmpty() && bulk.isEmpty() && acknowledged.isEmpty() && read.isEmpty() && readId < 0;
    }

    Pending append(Lane lane, Bytes key, ShardRecord record, Pending.Outcome outcome) {
        Pending pending = new Pending(
                nextToken++,
                lane,
                key,
                record,
                ports.clock().monotonicNanos(),
                ports.clock().wallMillis(),
                outcome);
        lane(lane).add(pending);
        ports.log().append(pending.token, lane, key, record);
        return pending;
    }

    private ArrayDeque<Pending> lane(Lane lane) {
        return lane == Lane.FOREGROUND ? foreground : bulk;
    }

    void appended(long token, long offset, long timestampMillis) {
        Pending pending = take(token);
        if (pending == null) {
            return; // of an earlier opening
        }
        if (offset < 0) {
            acknowledged.put(Long.MAX_VALUE - token, pending); // stays among the lost
            sink.broken("the broker acknowledged an append without its offset");
            return;
        }
        if (offset < next) {
            acknowledged.put(Long.MAX_VALUE - token, pending);
            sink.broken("an append was acknowledged at offset " + offset + ", but everything below " + next
                    + " is known: this store belongs to another log");
            return;
        }
        pending.ackedNanos = ports.clock().monotonicNanos();
        pending.timestampMillis = timestampMillis;
        if (offset == next && !draining && acknowledged.isEmpty() && read.isEmpty() && readId < 0) {
            next++; // nearly always
            sink.apply(offset, timestampMillis, pending.key, pending.record, pending);
            return;
        }
        acknowledged.put(offset, pending);
        drain();
    }

    /** The lanes answer in order, so what is looked for nearly always comes first. */
    private @Nullable Pending take(long token) {
        for (ArrayDeque<Pending> lane : List.of(foreground, bulk)) {
            Pending head = lane.peek();
            if (head != null && head.token == token) {
                return lane.poll();
            }
        }
        for (ArrayDeque<Pending> lane : List.of(foreground, bulk)) {
            for (Pending pending : lane) {
                if (pending.token == token) {
                    lane.remove(pending);
                    return pending;
                }
            }
        }
        return null;
    }

    void failed(long token, String reason) {
        if (foreground.stream().anyMatch(p -> p.token == token) || bulk.stream().anyMatch(p -> p.token == token)) {
            sink.broken("an append failed: " + reason);
        }
    }

    void records(long id, List<Logged> records) {
        if (id == readId) {
            read.addAll(records);
            drain();
        }
    }

    void readDone(long id) {
        if (id == readId) {
            readId = -1;
            readEnded = true;
            drain();
        }
    }

    void readFailed(long id, String reason) {
        if (id == readId) {
            readId = -1;
            sink.broken("reading the log failed: " + reason);
        }
    }

    /** Time has passed: a hole that nothing explained is read. */
    void tick() {
        drain();
    }

    private void drain() {
        if (draining) {
            return; // the loop that runs goes on until nothing moves
        }
        draining = true;
        try {
            long opening = incarnation;
            while (incarnation == opening && step()) {}
        } finally {
            draining = false;
        }
    }

    /** Applies one record, if the next one is known. */
    private boolean step() {
        Logged head = read.peek();
        if (head != null) {
            return stepRead(head);
        }
        if (readEnded) {
            readEnded = false;
            next = Math.max(next, readTo); // what the read left out was compacted away
        }
        if (acknowledged.isEmpty() || readId >= 0) {
            return false;
        }
        long first = acknowledged.firstKey();
        if (follows(first)) {
            Pending own = acknowledged.pollFirstEntry().getValue();
            holeSinceNanos = -1;
            next = first + 1;
            sink.apply(first, own.timestampMillis, own.key, own.record, own);
            return true;
        }
        readHole(first);
        return false;
    }

    /** R3: everything before it has been applied. */
    private boolean follows(long offset) {
        return offset == next;
    }

    private boolean stepRead(Logged head) {
        if (head.offset() < next) {
            read.poll();
            return true;
        }
        if (isOwn(head.record())) {
            Pending own = acknowledged.remove(head.offset());
            if (own == null) {
                return false; // ours: its acknowledgement is on its way, or its failure
            }
            read.poll();
            next = head.offset() + 1;
            sink.apply(head.offset(), head.timestampMillis(), head.key(), head.record(), own);
            return true;
        }
        read.poll();
        next = head.offset() + 1;
        sink.apply(head.offset(), head.timestampMillis(), head.key(), head.record(), null);
        return true;
    }

    /** A fence written for a silent owner carries the writer's numbers, which belong to another log. */
    private boolean isOwn(ShardRecord record) {
        return record.incarnation() == incarnation && !(record instanceof ShardRecord.Fence fence && !fence.byOwner());
    }

    private void readHole(long first) {
        long now = ports.clock().monotonicNanos();
        if (holeSinceNanos < 0) {
            holeSinceNanos = now;
        }
        // Within a lane acknowledgements come in order, so only the other lane can explain a hole.
        Lane lane = acknowledged.firstEntry().getValue().lane;
        boolean mayBeExplained = lane == Lane.FOREGROUND ? !bulk.isEmpty() : !foreground.isEmpty();
        if (mayBeExplained && now - holeSinceNanos < gapPatienceNanos) {
            return;
        }
        holeSinceNanos = -1;
        readId = nextReadId++;
        readTo = first;
        readEnded = false;
        ports.log().read(readId, next, first);
    }
}
