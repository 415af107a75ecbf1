package dev.kedge.worker.runtime;

import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the control plane at regular intervals that this worker lives and how its shards are. */
final class Heartbeats implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

    private final String workerId;
    private final String host;
    private final int port;
    private final HostedShards shards;
    private final Ports.Reports reports;
    private final Ports.Clock clock;
    private final Duration interval;
    private final long incarnation = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("kedge-heartbeats").unstarted(task));
    /** Of the timer's thread. */
    private Map<String, Report.ShardStatus> last = new HashMap<>();

    Heartbeats(
            String workerId,
            String host,
            int port,
            HostedShards shards,
            Ports.Reports reports,
            Ports.Clock clock,
            Duration interval) {
        this.workerId = workerId;
        this.host = host;
        this.port = port;
        this.shards = shards;
        this.reports = reports;
        this.clock = clock;
        this.interval = interval;
    }

    long incarnation() {
        return incarnation;
    }

    /** The first goes out at once. */
    @SuppressWarnings("FutureReturnValueIgnored") // beat() throws nothing
    void start() {
        timer.scheduleAtFixedRate(this::beat, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void beat() {
        try {
            reports.send(new Report.Heartbeat(workerId, incarnation, host, port, clock.wallMillis(), statuses()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("A heartbeat failed", e);
        }
    }

    /** A loop that is too busy to answer in time is reported as it was last: the worker lives, and silence would say otherwise. */
    private List<Report.ShardStatus> statuses() throws InterruptedException {
        Map<String, CompletableFuture<Report.ShardStatus>> asked = new HashMap<>();
        for (ShardHost shard : shards.hosts()) {
            asked.put(shard.shard(), shard.status());
        }
        long deadline = System.nanoTime() + interval.toNanos() / 2;
        Map<String, Report.ShardStatus> answers = new HashMap<>();
        for (Map.Entry<String, CompletableFuture<Report.ShardStatus>> one : asked.entrySet()) {
            Report.ShardStatus status = last.get(one.getKey());
            try {
                status = one.getValue().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                LOG.debug("Shard {} is too busy to say how it is", one.getKey());
            } catch (ExecutionException e) {
                LOG.warn("Shard {} cannot say how it is", one.getKey(), e);
            }
            if (status != null) {
                answers.put(one.getKey(), status);
            }
        }
        last = answers;
        return new ArrayList<>(answers.values());
    }

    @Override
    public void close() {
        timer.shutdownNow();
        try {
            if (!timer.awaitTermination(2, TimeUnit.SECONDS)) {
                LOG.warn("The heartbeat's thread did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
