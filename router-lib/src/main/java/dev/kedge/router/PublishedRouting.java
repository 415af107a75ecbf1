package dev.kedge.router;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest map, who waits for a newer one, and who wants to be told. One thread publishes; all other methods are free for all.
 */
final class PublishedRouting implements Routing {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedRouting.class);

    private final List<RoutingListener> listeners = new CopyOnWriteArrayList<>();
    private final Object monitor = new Object();
    /** Guarded by monitor. One future per version, shared by its waiters, so that those who gave up leave nothing growing behind. */
    private final TreeMap<Long, CompletableFuture<RoutingMap>> awaited = new TreeMap<>();

    private volatile RoutingMap map = RoutingMap.EMPTY;
    private volatile @Nullable KedgeException ended;

    @Override
    public RoutingMap map() {
        return map;
    }

    /** Makes a map visible, wakes who waited for it, then tells the listeners. An older map than the last is ignored. */
    void publish(RoutingMap next) {
        RoutingMap before;
        Map<Long, CompletableFuture<RoutingMap>> reached;
        synchronized (monitor) {
            before = map;
            if (next.version() < before.version()) {
                return;
            }
            map = next;
            Map<Long, CompletableFuture<RoutingMap>> head = awaited.headMap(next.version(), true);
            reached = new TreeMap<>(head);
            head.clear();
            monitor.notifyAll();
        }
        reached.values().forEach(future -> future.complete(next));
        for (RoutingListener listener : listeners) {
            try {
                listener.changed(before, next);
            } catch (RuntimeException e) {
                LOG.error(
                        "Routing listener {} failed at routing version {}; it stays registered",
                        listener,
                        next.version(),
                        e);
            }
        }
    }

    /** Nothing will be published any more; every waiter gets {@code why}. The first reason given stays. */
    void end(KedgeException why) {
        List<CompletableFuture<RoutingMap>> left;
        synchronized (monitor) {
            if (ended != null) {
                return;
            }
            ended = why;
            left = List.copyOf(awaited.values());
            awaited.clear();
            monitor.notifyAll();
        }
        left.forEach(future -> future.completeExceptionally(why));
    }

    void add(RoutingListener listener) {
        listeners.add(listener);
    }

    void remove(RoutingListener listener) {
        listeners.remove(listener);
    }

    CompletableFuture<RoutingMap> whenVersion(long version) {
        synchronized (monitor) {
            if (map.version() >= version) {
                return CompletableFuture.completedFuture(map);
            }
            KedgeException why = ended;
            if (why != null) {
                return CompletableFuture.failedFuture(why);
            }
            return awaited.computeIfAbsent(version, v -> new CompletableFuture<>())
                    .copy();
        }
    }

    @Override
    public boolean awaitVersion(long version, Duration timeout) throws InterruptedException {
        if (map.version() >= version) {
            return true;
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (monitor) {
            while (map.version() < version) {
                KedgeException why = ended;
                if (why != null) {
                    throw new KedgeException(why);
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                monitor.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        }
        return true;
    }
}
