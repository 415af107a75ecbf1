package dev.kedge.simulation;

import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Simulated time: runs tasks one after the other in the order of their times. All chance comes from its one seed. */
final class Scheduler {
    static final long MILLI = 1_000_000;

    private record Task(long atNanos, long order, @Nullable SimProcess process, int life, Runnable run)
            implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final Random random;
    private long nowNanos = 1_000 * MILLI;
    private long order;
    private long steps;

    Scheduler(long seed) {
        random = new Random(seed);
    }

    long nowNanos() {
        return nowNanos;
    }

    long nowMillis() {
        return nowNanos / MILLI;
    }

    /** Tasks run so far. */
    long steps() {
        return steps;
    }

    Random random() {
        return random;
    }

    /** A whole number in {@code [from, to]}. */
    long between(long from, long to) {
        return from + (long) (random.nextDouble() * (to - from + 1));
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    <T> T oneOf(java.util.List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Runs later, whatever becomes of any process: what the broker and the network do. */
    void after(long delayNanos, Runnable run) {
        tasks.add(new Task(nowNanos + Math.max(0, delayNanos), order++, null, 0, run));
    }

    /** Runs later if the process then still has the life it has now; a paused process runs it when it goes on. */
    void after(long delayNanos, SimProcess process, Runnable run) {
        tasks.add(new Task(nowNanos + Math.max(0, delayNanos), order++, process, process.life(), run));
    }

    /** Runs the next task; false when there is none. */
    boolean step() {
        Task task = tasks.poll();
        if (task == null) {
            return false;
        }
        nowNanos = Math.max(nowNanos, task.atNanos);
        SimProcess process = task.process;
        if (process != null) {
            if (process.life() != task.life) {
                return true;
            }
            if (process.pausedUntilNanos() > nowNanos) {
                tasks.add(new Task(process.pausedUntilNanos(), task.order, process, task.life, task.run));
                return true;
            }
        }
        steps++;
        task.run.run();
        return true;
    }
}
