package dev.kedge.worker.runtime;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Operation;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How many requests, and how many bytes of them, a shard holds at once, from their arrival to their reply. Thread-safe. */
final class Admission {
    private final int maxRequests;
    private final long maxBytes;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    Admission(int maxRequests, long maxBytes) {
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
    }

    /** Takes a place unless there is none. A single request is let in however large. */
    boolean enter(int size) {
        if (requests.incrementAndGet() > maxRequests) {
            requests.decrementAndGet();
            return false;
        }
        long before = bytes.getAndAdd(size);
        if (before > 0 && before + size > maxBytes) {
            leave(size);
            return false;
        }
        return true;
    }

    void leave(int size) {
        bytes.addAndGet(-size);
        requests.decrementAndGet();
    }

    int inside() {
        return requests.get();
    }

    /** Bytes a request brings along. */
    static int size(Operation operation) {
        return switch (operation) {
            case Operation.Set set -> set.key().length() + set.value().length();
            case Operation.Append append ->
                append.key().length() + append.suffix().length();
            case Operation.MultiSet set -> size(set.keys()) + size(set.values());
            case Operation.Keyed keyed -> size(keyed.keys());
            case Operation.Scan scan -> scan.from().length() + scan.to().length();
            case Operation.Count count -> count.from().length() + count.to().length();
        };
    }

    private static int size(List<Bytes> all) {
        int sum = 0;
        for (Bytes bytes : all) {
            sum += bytes.length();
        }
        return sum;
    }
}
