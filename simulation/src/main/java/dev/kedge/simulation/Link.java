package dev.kedge.simulation;

import dev.kedge.schemas.shard.ShardRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A worker's way to Kafka and back: it can be slow, and it can be cut, while clients still reach the worker. */
final class Link {
    private final Scheduler scheduler;
    private long slowUntilNanos;
    private long cutUntilNanos;
    private @Nullable Predicate<ShardRecord> held;
    private final Deque<Kept> kept = new ArrayDeque<>();

    private record Kept(Runnable arrive, Runnable fail) {}

    Link(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    void slowUntil(long nanos) {
        slowUntilNanos = nanos;
    }

    void cutUntil(long nanos) {
        cutUntilNanos = Math.max(cutUntilNanos, nanos);
    }

    /** Added to whatever else takes time on the way. */
    long delayNanos() {
        return slowUntilNanos > scheduler.nowNanos()
                ? scheduler.between(100 * Scheduler.MILLI, 500 * Scheduler.MILLI)
                : 0;
    }

    /** Until then nothing gets through; 0 if it does. */
    long cutNanos() {
        return Math.max(0, cutUntilNanos - scheduler.nowNanos());
    }

    /** From now on records like these stay in a queue on the way, until they are let go: for directed scenarios. */
    void hold(Predicate<ShardRecord> which) {
        held = which;
    }

    boolean holds(ShardRecord record) {
        Predicate<ShardRecord> which = held;
        return which != null && which.test(record);
    }

    /**
     * Takes a record into the queue.
     *
     * @param arrive what happens to it once it is let go
     * @param fail tells its sender that it failed
     */
    void keep(Runnable arrive, Runnable fail) {
        kept.add(new Kept(arrive, fail));
    }

    /** How many records are held. */
    int kept() {
        return kept.size();
    }

    /** What is held stays, later records pass. */
    void holdNothingMore() {
        held = null;
    }

    /** What was held never arrives. */
    void drop() {
        held = null;
        kept.clear();
    }

    /** What was held arrives, in order. */
    void letGo() {
        held = null;
        List<Kept> all = List.copyOf(kept);
        kept.clear();
        all.forEach(k -> k.arrive.run());
    }

    /** The senders of what is held are told that it failed; it stays where it is. */
    void timeOut() {
        kept.forEach(k -> k.fail.run());
    }
}
