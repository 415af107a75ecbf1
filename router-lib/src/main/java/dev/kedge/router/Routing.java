package dev.kedge.router;

import java.time.Duration;

/** A source of routing maps. Thread-safe; {@link #map} takes no lock. */
public interface Routing {

    /** The newest map known here; never older than the one returned before. */
    RoutingMap map();

    /** Version of {@link #map()}. */
    default long version() {
        return map().version();
    }

    /**
     * Waits until the map is at {@code version} or newer.
     *
     * @return whether it is; false when the time was over first
     * @throws KedgeException if no newer map will ever come: closed, or failed for the reason given
     */
    boolean awaitVersion(long version, Duration timeout) throws InterruptedException;
}
