package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A simulated shard log: what was ever appended, and what compaction has left of it for readers. */
final class SimLog {
    /** Told of every append at once, with no delay: for checks and for waking readers. */
    interface Observer {
        void appended(SimLog log, Logged logged);
    }

    /** Owners write more often than this. */
    private static final long UNTENDED_MILLIS = 1_000;

    private static final long REPAIRED_WITHIN_MILLIS = 2_500;

    private final World world;
    private final String shard;
    private final String topic;
    private final List<Logged> all = new ArrayList<>();
    /** The same, null where compaction has removed a record. */
    private final List<@Nullable Logged> left = new ArrayList<>();

    private final List<Observer> observers = new ArrayList<>();
    /** When tombstones may go, by their offsets. */
    private final Map<Long, Long> tombstones = new HashMap<>();

    private long slowUntilNanos;
    private long leaderlessUntilNanos;
    /** When its shard's owner last wrote to it. */
    private long tendedMillis;

    private long troubledUntilMillis;

    SimLog(World world, String shard, String topic) {
        this.world = world;
        this.shard = shard;
        this.topic = topic;
    }

    String shard() {
        return shard;
    }

    String topic() {
        return topic;
    }

    long end() {
        return all.size();
    }

    /** Every record ever appended, also those compacted away. */
    List<Logged> history() {
        return all;
    }

    /** What a reader gets of {@code [from, to)}. */
    List<Logged> read(long from, long to) {
        List<Logged> found = new ArrayList<>();
        for (long offset = from; offset < Math.min(to, end()); offset++) {
            Logged logged = left.get((int) offset);
            if (logged != null) {
                found.add(logged);
            }
        }
        return found;
    }

    void observe(Observer observer) {
        observers.add(observer);
    }

    void ignore(Observer observer) {
        observers.remove(observer);
    }

    /** The broker takes a record: LogAppendTime. */
    Logged append(Bytes key, ShardRecord record) {
        Logged logged = new Logged(end(), world.wallMillis(), key, record);
        if (!(record instanceof ShardRecord.Fence)) {
            tended();
        }
        all.add(logged);
        left.add(logged);
        world.trace().say(() -> shard + "[" + logged.offset() + "] " + key + " " + record);
        for (Observer observer : List.copyOf(observers)) {
            observer.appended(this, logged);
        }
        return logged;
    }

    void slowUntil(long nanos) {
        slowUntilNanos = nanos;
    }

    /** Time a record takes to the broker, or an answer back. */
    long delayNanos() {
        Scheduler scheduler = world.scheduler();
        if (slowUntilNanos > scheduler.nowNanos()) {
            return scheduler.between(20 * Scheduler.MILLI, 250 * Scheduler.MILLI);
        }
        return scheduler.between(100_000, 3 * Scheduler.MILLI);
    }

    /** Has no leader until then: nothing is appended or read. */
    void leaderlessUntil(long nanos) {
        leaderlessUntilNanos = nanos;
    }

    /** How long it will still be without a leader. */
    long leaderlessNanos() {
        return Math.max(0, leaderlessUntilNanos - world.scheduler().nowNanos());
    }

    /**
     * Compacts, unless the shard is or just was without an owner who could have repaired it (R5): then the alarm has been heard, and the
     * cleaner is held back.
     */
    void compactIfTended(long lagMillis, long retentionMillis) {
        long now = world.wallMillis();
        if (now - tendedMillis < UNTENDED_MILLIS && now >= troubledUntilMillis) {
            world.count(Fault.COMPACTION.name());
            compact(lagMillis, retentionMillis);
        }
    }

    private void tended() {
        long now = world.wallMillis();
        if (now - tendedMillis >= UNTENDED_MILLIS) {
            troubledUntilMillis = now + REPAIRED_WITHIN_MILLIS;
        }
        tendedMillis = now;
    }

    /**
     * Keeps the last record per key, as the cleaner does, except among those younger than {@code lagMillis}. A key's last record that is a
     * tombstone stays for {@code retentionMillis} after the cleaner has first seen it, and is gone with the next run.
     */
    void compact(long lagMillis, long retentionMillis) {
        long now = world.wallMillis();
        Set<Bytes> later = new HashSet<>();
        for (int i = left.size() - 1; i >= 0; i--) {
            Logged logged = left.get(i);
            if (logged == null) {
                continue;
            }
            if (logged.timestampMillis() >= now - lagMillis) {
                continue; // not cleaned, and nothing older is cleaned because of it: that is what makes the lag safe
                // (R5)
            }
            boolean superseded = !later.add(logged.key());
            if (superseded) {
                left.set(i, null);
            } else if (logged.record() instanceof ShardRecord.Row row && row.value() == null) {
                Long horizon = tombstones.putIfAbsent(logged.offset(), now + retentionMillis);
                if (horizon != null && horizon <= now) {
                    left.set(i, null);
                    world.count(Fault.TOMBSTONE_EXPIRY.name());
                }
            }
        }
    }
}
