package dev.kedge.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Work on numbered things, in batches, on several threads. */
final class Batches {
    private static final int SIZE = 200;

    /** One batch of it. */
    @FunctionalInterface
    interface Batch {
        /** From {@code from} to before {@code to}. */
        void run(int from, int to);
    }

    private Batches() {}

    /** Returns when all of 0 to {@code count - 1} is done; throws what a batch threw. */
    static void run(int threads, int count, Batch batch) {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                workers.add(executor.submit(() -> {
                    for (int from = next.getAndAdd(SIZE); from < count; from = next.getAndAdd(SIZE)) {
                        batch.run(from, Math.min(count, from + SIZE));
                    }
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException.Failed("INTERRUPTED", "interrupted");
        }
    }
}
