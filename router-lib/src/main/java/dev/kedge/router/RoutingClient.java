package dev.kedge.router;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingTopicException.Trouble;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the routing map of a cell up to date from its routing topic. Thread-safe; looking things up takes no lock.
 *
 * <p>While Kafka cannot be reached the last map stays; {@link #staleness()} tells how old it may be. A history that makes no sense
 * (a record that cannot be read, a topic that was created again) ends the client: {@link #ended()} then says why.
 */
public final class RoutingClient implements Routing, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RoutingClient.class);

    private final RoutingSettings settings;
    private final PublishedRouting published = new PublishedRouting();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final RoutingTail tail;
    private final Thread thread;
    private volatile boolean closing;

    public RoutingClient(RoutingSettings settings) {
        this.settings = settings;
        this.tail = new RoutingTail(settings, published);
        this.thread = new Thread(this::run, "kedge-routing");
        thread.setDaemon(true);
    }

    /**
     * Reads the topic to the end it has now, then returns (R0).
     *
     * @throws RoutingTopicException if Kafka cannot be reached, or the topic does not exist, is not as it must be, or has a record that makes
     *     no sense
     */
    public RoutingClient start() {
        thread.start();
        try {
            started.get(settings.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
            return this;
        } catch (ExecutionException e) {
            close();
            throw metHere(e.getCause());
        } catch (TimeoutException e) {
            close();
            throw new RoutingTopicException(
                    Trouble.UNREACHABLE,
                    "The routing topic '" + settings.topic() + "' could not be read to its end within "
                            + settings.startTimeout().toMillis() + " ms from Kafka at " + settings.bootstrap()
                            + ". Check that Kafka can be reached there.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new KedgeException("Interrupted while the routing client started", e);
        }
    }

    /** What the client's thread met, for whoever waits for it. */
    private static KedgeException metHere(@Nullable Throwable cause) {
        if (cause instanceof RoutingTopicException topic) {
            return new RoutingTopicException(topic);
        }
        return cause instanceof KedgeException kedge
                ? new KedgeException(kedge)
                : new KedgeException("The routing client could not start: " + cause, cause);
    }

    @Override
    public RoutingMap map() {
        return published.map();
    }

    /**
     * The tablet that owns a key; null if the keyspace is unknown.
     *
     * @param key the client's key, not its position
     */
    public RoutingMap.@Nullable Tablet route(String keyspace, Bytes key) {
        RoutingMap map = map();
        KeyspaceRoute route = map.keyspace(keyspace);
        return route == null ? null : map.route(keyspace, route.placement().position(key));
    }

    @Override
    public boolean awaitVersion(long version, Duration timeout) throws InterruptedException {
        return published.awaitVersion(version, timeout);
    }

    /** Completed with the first map published at {@code version} or newer; fails when the client ends before. */
    public CompletableFuture<RoutingMap> whenVersion(long version) {
        return published.whenVersion(version);
    }

    /** Told of all maps published from now on. */
    public void addListener(RoutingListener listener) {
        published.add(listener);
    }

    public void removeListener(RoutingListener listener) {
        published.remove(listener);
    }

    /** Time since the map was last confirmed to be at the topic's end. Small while all is well (some seconds at most). */
    public Duration staleness() {
        return tail.staleness();
    }

    /** Completed when the client was closed; completed exceptionally when it had to give up, with the reason. */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** Stops reading. The last map stays readable. Waiters fail. */
    @Override
    public void close() {
        closing = true;
        tail.wakeup();
        published.end(new KedgeException("the routing client was closed"));
        if (thread.getState() == Thread.State.NEW) {
            tail.close();
            return;
        }
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(Duration.ofSeconds(10).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (tail) {
            tail.open();
            started.complete(null);
            while (!closing) {
                tail.poll();
            }
            ended.complete(null);
        } catch (RuntimeException e) {
            if (closing && e instanceof WakeupException) {
                ended.complete(null);
            } else {
                giveUp(e);
            }
        } finally {
            started.completeExceptionally(new KedgeException("the routing client was closed"));
        }
    }

    private void giveUp(RuntimeException e) {
        KedgeException why = e instanceof KedgeException kedge
                ? kedge
                : new KedgeException(
                        "Reading the routing topic '" + settings.topic() + "' failed: " + e.getMessage(), e);
        if (!started.completeExceptionally(why)) {
            LOG.error("The routing map is no longer kept up to date: {}", why.getMessage(), e);
        }
        ended.completeExceptionally(why); // before anybody who waits is told, so that whoever was told finds it ended
        published.end(why);
    }
}
