package dev.kedge.router;

/**
 * Told of every map that is published, in order, from the routing client's thread; must not block it. Several records read
 * together make one map. An exception is reported in the log and stops nothing.
 */
@FunctionalInterface
public interface RoutingListener {
    void changed(RoutingMap before, RoutingMap after);
}
