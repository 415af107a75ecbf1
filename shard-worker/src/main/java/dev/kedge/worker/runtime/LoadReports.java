package dev.kedge.worker.runtime;

import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.Ports;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells at regular intervals what this worker's shards are asked for. */
final class LoadReports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoadReports.class);

    private final String workerId;
    private final long incarnation;
    private final HostedShards shards;
    private final Ports.Reports reports;
    private final Ports.Clock clock;
    private final Duration interval;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("kedge-load").unstarted(task));

    LoadReports(
            String workerId,
            long incarnation,
            HostedShards shards,
            Ports.Reports reports,
            Ports.Clock clock,
            Duration interval) {
        this.workerId = workerId;
        this.incarnation = incarnation;
        this.shards = shards;
        this.reports = reports;
        this.clock = clock;
        this.interval = interval;
    }

    /** The first report comes after one interval. */
    @SuppressWarnings("FutureReturnValueIgnored") // report() throws nothing
    void start() {
        timer.scheduleAtFixedRate(this::report, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Each shard's loop answers when it gets to it: what it was asked for meanwhile counts too. */
    @SuppressWarnings("FutureReturnValueIgnored") // the handler takes both outcomes
    private void report() {
        for (ShardHost shard : shards.hosts()) {
            shard.use().whenComplete((use, error) -> {
                if (error != null) {
                    LOG.warn("Shard {} cannot say what it is asked for", shard.shard(), error);
                } else if (use != null) {
                    reports.send(new Report.ShardLoad(
                            workerId,
                            incarnation,
                            shard.shard(),
                            shard.epoch(),
                            clock.wallMillis(),
                            use.intervalMillis(),
                            use.tablets()));
                }
            });
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
