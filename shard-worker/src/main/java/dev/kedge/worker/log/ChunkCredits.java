package dev.kedge.worker.log;

import java.util.function.BooleanSupplier;

/**
 * Bounds what a reader has handed to the loop and the loop has not yet worked off, in chunks and bytes. One chunk is always let
 * through, however large. Thread-safe.
 */
final class ChunkCredits {
    private static final long CHECK_MILLIS = 100;

    private final int maxChunks;
    private final long maxBytes;
    private int chunks;
    private long bytes;

    ChunkCredits(int maxChunks, long maxBytes) {
        this.maxChunks = maxChunks;
        this.maxBytes = maxBytes;
    }

    /** Waits until the loop has worked off enough. Returns false if cancelled meanwhile. */
    synchronized boolean acquire(long size, BooleanSupplier cancelled) throws InterruptedException {
        while (chunks > 0 && (chunks >= maxChunks || bytes + size > maxBytes)) {
            if (cancelled.getAsBoolean()) {
                return false;
            }
            wait(CHECK_MILLIS);
        }
        chunks++;
        bytes += size;
        return !cancelled.getAsBoolean();
    }

    synchronized void release(long size) {
        chunks--;
        bytes -= size;
        notifyAll();
    }
}
