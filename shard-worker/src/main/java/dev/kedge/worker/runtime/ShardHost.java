package dev.kedge.worker.runtime;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.engine.ShardEngine;
import dev.kedge.worker.load.ShardMeter;
import dev.kedge.worker.log.LogException;
import dev.kedge.worker.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard at one epoch on this worker: a thread that runs its engine. An engine that throws is given up with everything it stood
 * on, the shard is FAILED with the reason, and opened again after a while.
 *
 * <p>All public methods are thread-safe and do not block.
 */
final class ShardHost {
    private static final Logger LOG = LoggerFactory.getLogger(ShardHost.class);
    private static final int TASKS_PER_TURN = 256;
    private static final Duration HEALTHY = Duration.ofSeconds(30);

    private final String shard;
    private final long epoch;
    private final ShardOpener opener;
    private final LoopSettings settings;
    private final LoopQueue queue = new LoopQueue();
    private final ShardMeter meter;
    private final ShardUse use;
    private final Outstanding outstanding;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Consumer<ShardHost> onEnded;
    private final Thread thread;
    private volatile RoutingMap routing;
    private volatile boolean gone;
    /** Not open, and not about to be either: whoever asks is told so at once. */
    private volatile boolean failed;

    // The loop's:
    private @Nullable Opening opening;
    private RoutingMap told = RoutingMap.EMPTY;
    private String failure = "not opened yet";
    private @Nullable Throwable lastFailure;
    private int failures;
    private long openedNanos;
    private long reopenNanos;
    private boolean stopping;
    private long stopByNanos;
    private boolean finished;

    /** @param onEnded called once everything is closed, in the loop */
    ShardHost(
            String shard,
            long epoch,
            ShardOpener opener,
            LoopSettings settings,
            RoutingMap routing,
            Consumer<ShardHost> onEnded) {
        this.shard = shard;
        this.epoch = epoch;
        this.opener = opener;
        this.settings = settings;
        this.routing = routing;
        this.onEnded = onEnded;
        this.meter = new ShardMeter(shard, settings.load());
        this.use = new ShardUse(meter, settings.load(), System.nanoTime());
        this.outstanding = new Outstanding(new Admission(settings.maxRequests(), settings.maxRequestBytes()), meter);
        this.thread = Thread.ofPlatform().daemon().name("kedge-shard-" + shard).unstarted(this::run);
    }

    /** An engine, and the way into it for its adapters. */
    private final class Opening implements EngineInbox {
        private @Nullable OpenShard open;

        @Override
        public void post(Input input) {
            queue.offer(() -> run(input));
        }

        @Override
        public void postBulk(Input input) {
            queue.offerBulk(() -> run(input));
        }

        private void run(Input input) {
            if (opening == this && open != null) {
                input.run(open.engine());
            }
        }
    }

    String shard() {
        return shard;
    }

    long epoch() {
        return epoch;
    }

    ShardHost start() {
        thread.start();
        return this;
    }

    /** Completed when the thread has ended and everything is closed. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** @return false if the shard holds as many requests as it may */
    boolean submit(Request request) {
        if (failed) {
            request.replies().reply(tryAgain("the shard failed here and is being opened again"));
            return true;
        }
        Outstanding.Admitted admitted = outstanding.admit(request);
        if (admitted == null) {
            return false;
        }
        queue.offer(() -> admitted.hand(engine()));
        if (gone) {
            refuseQueued();
        }
        return true;
    }

    /** Runs something with the engine, if there is one. */
    void post(EngineInbox.Input input) {
        queue.offer(() -> {
            ShardEngine engine = engine();
            if (engine != null) {
                input.run(engine);
            }
        });
    }

    /** Maps may come faster than the loop takes them: it gets the newest. */
    void routing(RoutingMap map) {
        synchronized (this) {
            if (map.version() <= routing.version()) {
                return;
            }
            routing = map;
        }
        queue.offer(this::tellRouting);
    }

    CompletableFuture<Report.ShardStatus> status() {
        CompletableFuture<Report.ShardStatus> answer = new CompletableFuture<>();
        queue.offer(() -> answer.complete(statusNow()));
        if (gone) {
            refuseQueued();
        }
        return answer;
    }

    /** What the shard was asked for since the last call; null while it does not serve. */
    CompletableFuture<ShardUse.@Nullable Taken> use() {
        CompletableFuture<ShardUse.@Nullable Taken> answer = new CompletableFuture<>();
        queue.offer(() -> answer.complete(useNow()));
        if (gone) {
            refuseQueued();
        }
        return answer;
    }

    /** Stops in good order, within the time the settings allow; then {@link #ended} completes. */
    void stop() {
        queue.offer(this::beginStop);
    }

    private void run() {
        try {
            guarded(this::open);
            while (!finished) {
                turn();
            }
            gone = true;
            giveUp("the shard is closing here");
            refuseQueued();
            onEnded.accept(this);
            ended.complete(null);
        } catch (Throwable e) {
            LOG.error("The loop of shard {} broke; it serves no more until the worker restarts", shard, e);
            opening = null;
            gone = true;
            ended.completeExceptionally(e);
        }
    }

    private void turn() {
        boolean worked = false;
        for (int i = 0; i < TASKS_PER_TURN; i++) {
            Runnable task = queue.poll();
            if (task == null) {
                break;
            }
            guarded(task);
            worked = true;
        }
        Runnable bulk = queue.pollBulk();
        if (bulk != null) {
            guarded(bulk);
            worked = true;
        }
        guarded(this::endTurn);
        if (!worked && !finished) {
            queue.await(settings.tick().toNanos());
        }
    }

    private void endTurn() {
        ShardEngine engine = engine();
        if (engine != null) {
            engine.tick();
        }
        if (engine() != null) {
            engine().endOfBatch();
        }
        long now = System.nanoTime();
        if (stopping && now - stopByNanos >= 0) {
            LOG.warn("Shard {} did not stop within {}; it is abandoned", shard, settings.stopTimeout());
            finished = true;
        } else if (engine == null && !stopping && now - reopenNanos >= 0) {
            open();
        }
    }

    private @Nullable ShardEngine engine() {
        return opening == null || opening.open == null ? null : opening.open.engine();
    }

    private void open() {
        Opening next = new Opening();
        opening = next;
        openedNanos = System.nanoTime();
        OpenShard open = opener.open(next, lastFailure);
        next.open = open;
        told = routing;
        meter.routing(told);
        open.engine().start(epoch, told);
        failed = false;
        LOG.info("Shard {} opens at epoch {}", shard, epoch);
    }

    private void tellRouting() {
        RoutingMap newest = routing;
        ShardEngine engine = engine();
        if (engine != null && newest.version() > told.version()) {
            told = newest;
            meter.routing(newest);
            engine.routing(newest);
        }
    }

    private void beginStop() {
        if (stopping) {
            return;
        }
        stopping = true;
        stopByNanos = System.nanoTime() + settings.stopTimeout().toNanos();
        ShardEngine engine = engine();
        if (engine == null) {
            finished = true;
        } else {
            engine.stop(() -> finished = true);
        }
    }

    private Report.ShardStatus statusNow() {
        ShardEngine engine = engine();
        return engine != null
                ? engine.status()
                : new Report.ShardStatus(shard, epoch, Report.ShardState.FAILED, failure, 0, 0, 0, List.of());
    }

    private ShardUse.@Nullable Taken useNow() {
        Opening now = opening;
        if (now == null || now.open == null) {
            return null;
        }
        Report.ShardStatus status = now.open.engine().status();
        return status.state() == Report.ShardState.SERVING
                ? use.take(status, now.open.stored(), System.nanoTime(), queue::offer)
                : null;
    }

    /** Nothing the engine throws is survived by it: what it was in the middle of is unknown. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        if (System.nanoTime() - openedNanos > HEALTHY.toNanos()) {
            failures = 0;
        }
        long backoffMillis = Math.min(
                settings.longestBackoff().toMillis(), settings.firstBackoff().toMillis() << Math.min(failures, 16));
        failures++;
        lastFailure = e;
        failed = true;
        failure = e.getMessage() == null ? e.toString() : e.getMessage();
        if (isExplained(e)) {
            LOG.warn("Shard {} failed and is opened again in {} ms: {}", shard, backoffMillis, failure);
        } else {
            LOG.error("Shard {} failed and is opened again in {} ms", shard, backoffMillis, e);
        }
        giveUp("the shard failed here: " + failure);
        reopenNanos = System.nanoTime() + backoffMillis * 1_000_000;
        if (stopping) {
            finished = true;
        }
    }

    /** The message says it all: where in the code it happened helps nobody. */
    private static boolean isExplained(Throwable e) {
        return e instanceof StoreException || e instanceof LogException || e instanceof KafkaException;
    }

    /** No input reaches the engine after this; who waits for its answer gets one. */
    private void giveUp(String why) {
        Opening last = opening;
        opening = null;
        if (last != null && last.open != null) {
            try {
                last.open.resources().run();
            } catch (RuntimeException e) {
                LOG.error("Shard {} could not close everything", shard, e);
            }
        }
        outstanding.abandon(why);
    }

    /** With the loop gone, whoever finds a request in the queue answers it. */
    private void refuseQueued() {
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
        }
    }

    static Reply tryAgain(String why) {
        return new Reply.Failed(Reply.Failure.TRY_AGAIN, why + "; nothing was done, try again");
    }
}
