package dev.kedge.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A simulated control topic: one partition, total order, committed records only. Readers get records in order, after a delay of their own.
 */
final class ControlTopic<T> {
    record Entry<T>(long offset, long timeMillis, T value) {}

    private final World world;
    private final String name;
    private final List<Entry<T>> entries = new ArrayList<>();
    private final List<Subscription<T>> subscriptions = new ArrayList<>();
    private long end;
    /** Entries of a transaction that is still open, at the end: not for readers. */
    private int open;

    ControlTopic(World world, String name) {
        this.world = world;
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Committed ones. */
    List<Entry<T>> entries() {
        return entries.subList(0, entries.size() - open);
    }

    long end() {
        return end;
    }

    long append(T value) {
        Entry<T> entry = new Entry<>(end++, world.wallMillis(), value);
        entries.add(entry);
        subscriptions.removeIf(s -> s.isOver());
        subscriptions.forEach(Subscription::poke);
        return entry.offset;
    }

    /** Writes a record of a transaction that stays open. */
    void appendOpen(T value) {
        append(value);
        open++;
    }

    /** The open transaction never was. */
    void abort() {
        entries.subList(entries.size() - open, entries.size()).clear();
        open = 0;
        end++;
        subscriptions.forEach(s -> s.next = Math.min(s.next, entries.size()));
    }

    /** The marker at the end of a transaction takes an offset too: offsets have gaps. */
    void endTransaction() {
        end++;
    }

    /** Hands records from {@code from} on to a process, for as long as its present life lasts. */
    Subscription<T> subscribe(SimProcess process, long from, Consumer<List<Entry<T>>> to) {
        return subscribe(process, from, 8, to);
    }

    /** @param slowestMillis how long a record may take to this reader */
    Subscription<T> subscribe(SimProcess process, long from, long slowestMillis, Consumer<List<Entry<T>>> to) {
        int index = 0;
        while (index < entries.size() && entries.get(index).offset < from) {
            index++;
        }
        Subscription<T> subscription = new Subscription<>(this, process, index, slowestMillis, to);
        subscriptions.add(subscription);
        subscription.poke();
        return subscription;
    }

    static final class Subscription<T> {
        private final ControlTopic<T> topic;
        private final SimProcess process;
        private final int life;
        private final Consumer<List<Entry<T>>> to;
        private final long slowestMillis;
        private int next;
        private boolean scheduled;
        private long stalledUntilNanos;

        private Subscription(
                ControlTopic<T> topic, SimProcess process, int next, long slowestMillis, Consumer<List<Entry<T>>> to) {
            this.topic = topic;
            this.process = process;
            this.life = process.life();
            this.to = to;
            this.slowestMillis = slowestMillis;
            this.next = next;
        }

        private boolean isOver() {
            return process.life() != life;
        }

        /** Gives nothing for a while, then all that has come in between. */
        void stall(long nanos) {
            stalledUntilNanos = topic.world.scheduler().nowNanos() + nanos;
        }

        private void poke() {
            if (!scheduled && next < readable()) {
                scheduled = true;
                Scheduler scheduler = topic.world.scheduler();
                long stalled = Math.max(0, stalledUntilNanos - scheduler.nowNanos());
                scheduler.after(
                        stalled + scheduler.between(200_000, slowestMillis * Scheduler.MILLI), process, this::deliver);
            }
        }

        private int readable() {
            return readsCommitted() ? topic.entries.size() - topic.open : topic.entries.size();
        }

        /** R0: as the real readers of control topics do, by their isolation level. */
        private boolean readsCommitted() {
            return true;
        }

        /** Some or all of what is there: a transaction's records may come in several portions. */
        private void deliver() {
            scheduled = false;
            Scheduler scheduler = topic.world.scheduler();
            if (stalledUntilNanos > scheduler.nowNanos()) {
                poke();
                return;
            }
            int available = readable() - next;
            if (available <= 0) {
                return;
            }
            int count = scheduler.chance(0.5) ? available : (int) scheduler.between(1, available);
            List<Entry<T>> portion = List.copyOf(topic.entries.subList(next, next + count));
            next += count;
            to.accept(portion);
            poke();
        }
    }
}
