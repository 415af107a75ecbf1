package dev.kedge.worker.resp;

import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of a server together may make it hold of replies: each that holds any has an equal share. Thread-safe. */
final class ReplyMemory {
    private final long maxBytes;
    private final AtomicInteger holders = new AtomicInteger();

    ReplyMemory(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** A connection begins to hold replies. */
    void enter() {
        holders.incrementAndGet();
    }

    void leave() {
        holders.decrementAndGet();
    }

    /** Bytes one connection may hold now. */
    long share() {
        return maxBytes / Math.max(1, holders.get());
    }
}
