package dev.kedge.worker.runtime;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one loop: many threads offer, the loop takes, and sleeps when there are none. Two queues, so that clients do not wait
 * behind another shard's rows. Not bounded itself: each who offers is bounded where he can wait or be refused.
 */
final class LoopQueue {
    private final Queue<Runnable> urgent = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> bulk = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean sleeping = new AtomicBoolean();
    private volatile @Nullable Thread loop;

    /** Any thread. */
    void offer(Runnable task) {
        urgent.add(task);
        wake();
    }

    /** Any thread. */
    void offerBulk(Runnable task) {
        bulk.add(task);
        wake();
    }

    @Nullable
    Runnable poll() {
        return urgent.poll();
    }

    @Nullable
    Runnable pollBulk() {
        return bulk.poll();
    }

    /** In the loop: sleeps until there is a task, or the time is over. May return early. */
    void await(long nanos) {
        loop = Thread.currentThread();
        sleeping.set(true);
        // Whoever offers looks at the flag after his task is in: either he sees it, or this sees the task.
        if (urgent.isEmpty() && bulk.isEmpty()) {
            LockSupport.parkNanos(this, nanos);
        }
        sleeping.set(false);
    }

    private void wake() {
        if (sleeping.get() && sleeping.compareAndSet(true, false)) {
            LockSupport.unpark(loop);
        }
    }
}
