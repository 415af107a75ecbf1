package dev.kedge.router;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A key-value client that goes where the routing map says and follows it while keys move. Thread-safe; one per process is enough.
 *
 * <p>The routing given stays the caller's to close, after this.
 */
public final class KedgeClient implements AutoCloseable {
    private final Routing routing;
    private final ClientSettings settings;
    private final OperationObserver observer;
    private final Map<PoolKey, ConnectionPool> pools = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private record PoolKey(Endpoint endpoint, String keyspace, boolean stale) {}

    public KedgeClient(Routing routing) {
        this(routing, ClientSettings.DEFAULTS, OperationObserver.NONE);
    }

    public KedgeClient(Routing routing, ClientSettings settings, OperationObserver observer) {
        this.routing = routing;
        this.settings = settings;
        this.observer = observer;
    }

    /** The operations on one keyspace; costs nothing to make. It need not exist yet. */
    public KeyspaceClient keyspace(String name) {
        return new KeyspaceClient(name, routing, new RoutedCall(this, name, settings, observer));
    }

    Routing routing() {
        return routing;
    }

    /** @param stale the connections are to be answered by read replicas too */
    ConnectionPool pool(Endpoint endpoint, String keyspace, boolean stale) {
        if (closed) {
            throw new KedgeException("the client was closed");
        }
        return pools.computeIfAbsent(
                new PoolKey(endpoint, keyspace, stale), key -> new ConnectionPool(endpoint, keyspace, stale, settings));
    }

    /** Closes all connections. Operations under way fail. */
    @Override
    public void close() {
        closed = true;
        pools.values().forEach(ConnectionPool::close);
        pools.clear();
    }
}
