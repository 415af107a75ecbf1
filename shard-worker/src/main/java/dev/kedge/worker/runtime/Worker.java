package dev.kedge.worker.runtime;

import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.registry.SchemaRegistries;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.worker.log.FenceWriter;
import dev.kedge.worker.store.DigestRunner;
import dev.kedge.worker.store.StoreMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: hosts the shards the routing map assigns to it, reports on them, and serves them to clients. Thread-safe.
 *
 * <p>Before any engine starts the routing topic is read to its end (R0). Should the routing map fail for good, the worker closes:
 * without it no shard can know what it owns.
 */
public final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration ROUTING_START_TIMEOUT = Duration.ofSeconds(30);

    private final WorkerSettings settings;
    private final Deque<Runnable> toClose = new ArrayDeque<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final SystemClock clock = new SystemClock();
    private final HostedShards shards;
    private final int port;
    private boolean closed;

    /**
     * Starts the worker; returns once it is known to be reachable and its shards are opening.
     *
     * @throws RuntimeException if Kafka, its topics, the registry or the data directory cannot be used; the message says which
     * @throws UncheckedIOException if the address cannot be listened on
     */
    public static Worker start(WorkerSettings settings, ClientFrontend frontend) {
        return new Worker(settings, frontend);
    }

    private Worker(WorkerSettings settings, ClientFrontend frontend) {
        this.settings = settings;
        try {
            KedgeSerdes serdes = new KedgeSerdes(SchemaRegistries.of(settings.registryUrl()));
            RoutingClient routing = closing(new RoutingClient(new RoutingSettings(
                            settings.clients().bootstrap(),
                            settings.cell().routing(),
                            serdes.routing()::fromBytes,
                            ROUTING_START_TIMEOUT,
                            null,
                            Map.copyOf(settings.clients().further()))))
                    .start();
            ReportPublisher reports = closing(
                    new ReportPublisher(settings.clients(), settings.cell().reports(), serdes.reports()));
            this.shards = shards(serdes, reports);
            ProgressTail progress = closing(
                    new ProgressTail(settings.clients(), settings.cell().reports(), serdes.reports(), shards::hear));
            progress.start();
            toClose.push(frontend::close);
            toClose.push(this::stopShards);
            shards.routing(routing.map());
            this.port = frontend.start(shards);
            Heartbeats heartbeats = closing(new Heartbeats(
                    settings.workerId(), settings.host(), port, shards, reports, clock, settings.heartbeatInterval()));
            routing.addListener((before, after) -> shards.routing(after));
            shards.routing(routing.map());
            heartbeats.start();
            closing(new LoadReports(
                            settings.workerId(),
                            heartbeats.incarnation(),
                            shards,
                            reports,
                            clock,
                            settings.loops().load().interval()))
                    .start();
            watch(routing);
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e.getMessage(), e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private HostedShards shards(KedgeSerdes serdes, ReportPublisher reports) {
        TopicAdmin admin = closing(TopicAdmin.open(settings.clients()));
        StoreMemory memory = closing(new StoreMemory(settings.store()));
        FenceWriter fences = closing(new FenceWriter(settings.log(), serdes.shardRecords()));
        ExecutorService digests = DigestRunner.pool();
        toClose.push(digests::shutdownNow);
        LatestProgress progress = new LatestProgress(reports);
        KafkaShardOpener.Surroundings surroundings = new KafkaShardOpener.Surroundings(
                settings.cell().name(),
                settings.workerId(),
                settings.dataDir(),
                settings.engine(),
                settings.recoverUnrepaired(),
                settings.log(),
                serdes.shardRecords(),
                admin.admin(),
                memory,
                fences,
                digests,
                progress,
                clock);
        return new HostedShards(
                settings.workerId(), route -> new KafkaShardOpener(route, surroundings), settings.loops(), progress);
    }

    /** The port clients reach. */
    public int port() {
        return port;
    }

    /** The shards here, as the frontend sees them. */
    public ShardDirectory shards() {
        return shards;
    }

    /** Completed when the worker was closed; completed exceptionally when it had to give up, with the reason. */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** Stops the shards in good order, answers what was asked, closes everything. Does nothing the second time. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        while (!toClose.isEmpty()) {
            try {
                toClose.pop().run();
            } catch (RuntimeException e) {
                LOG.error("Worker {} could not close a part", settings.workerId(), e);
            }
        }
        ended.complete(null);
    }

    private void stopShards() {
        try {
            shards.stop().get(settings.loops().stopTimeout().toMillis() * 2, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.error("Worker {} leaves shards behind that do not end", settings.workerId());
        } catch (ExecutionException e) {
            LOG.error("A shard of worker {} ended with an error", settings.workerId(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the handler throws nothing
    private void watch(RoutingClient routing) {
        routing.ended().whenComplete((done, error) -> {
            if (error != null) {
                LOG.error("Worker {} closes: {}", settings.workerId(), error.getMessage());
                ended.completeExceptionally(error);
                // Not on the routing client's thread: closing waits for it.
                Thread.ofPlatform().name("kedge-worker-close").start(this::close);
            }
        });
    }

    private <T extends AutoCloseable> T closing(T part) {
        toClose.push(() -> {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        return part;
    }
}
