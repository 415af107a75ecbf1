package dev.kedge.orchestrator.streams;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.report.Report;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the control plane does outside of its transactions: makes the logs of shards that wait for one, and reports it. Derived from the
 * state, so doing it again after a crash is the same code as doing it first; every action is safe to repeat. It may act on a state that is
 * not committed yet: the same inputs would lead to it again.
 */
final class Effects implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Effects.class);
    private static final long TICK_MILLIS = 100;
    private static final long RETRY_NANOS = Duration.ofSeconds(2).toNanos();

    private final ShardLogCreator logs;
    private final Consumer<Report> reports;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("kedge-effects").daemon().factory());
    private final Map<String, Long> triedNanos = new HashMap<>();
    private volatile CellState wanted = CellState.EMPTY;

    /** @param reports sends to the reports topic; may throw, then the effect is tried again */
    Effects(ShardLogCreator logs, Consumer<Report> reports) {
        this.logs = logs;
        this.reports = reports;
    }

    void start() {
        var unused = executor.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Called from any thread with the latest state. */
    void wanted(CellState state) {
        wanted = state;
    }

    private void tick() {
        CellState state = wanted;
        for (Shard shard : state.shards().values()) {
            if (shard instanceof Shard.Requested requested) {
                long now = System.nanoTime();
                Long tried = triedNanos.get(shard.name());
                if (tried == null || now - tried >= RETRY_NANOS) {
                    triedNanos.put(shard.name(), now);
                    makeLog(requested);
                }
            } else {
                triedNanos.remove(shard.name());
            }
        }
    }

    /** Must not throw: a scheduled task that throws is never run again. */
    private void makeLog(Shard.Requested shard) {
        Report outcome;
        try {
            outcome = new Report.LogReady(shard.name(), shard.logTopic(), logs.create(shard.name()));
        } catch (RuntimeException e) {
            LOG.error("can't make the log {} of shard {}, trying again", shard.logTopic(), shard.name(), e);
            outcome = new Report.LogFailed(shard.name(), shard.logTopic(), String.valueOf(e.getMessage()));
        }
        try {
            reports.accept(outcome);
        } catch (RuntimeException e) {
            LOG.error("can't report {}, trying again", outcome, e);
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
