package dev.kedge.worker.runtime;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.engine.ShardEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An engine that writes down what reaches it, and does what the test says with requests. */
final class FakeEngine implements ShardEngine {
    final BlockingQueue<String> inputs = new LinkedBlockingQueue<>();
    final List<Request> requests = new ArrayList<>();
    volatile boolean replies = true;
    volatile boolean stops = true;
    volatile @Nullable RuntimeException onNextInput;
    final AtomicInteger ticks = new AtomicInteger();
    final AtomicInteger batches = new AtomicInteger();

    private void input(String what) {
        RuntimeException failure = onNextInput;
        if (failure != null) {
            onNextInput = null;
            throw failure;
        }
        inputs.add(what);
    }

    @Override
    public void start(long epoch, RoutingMap routing) {
        input("start " + epoch + " @" + routing.version());
    }

    @Override
    public void routing(RoutingMap routing) {
        input("routing @" + routing.version());
    }

    @Override
    public void request(Request request) {
        input("request " + request.operation());
        requests.add(request);
        if (replies) {
            request.replies().reply(Reply.Ok.OK);
        }
    }

    @Override
    public void appended(long token, long offset, long timestampMillis) {
        input("appended " + token);
    }

    @Override
    public void appendFailed(long token, String reason) {}

    @Override
    public void logRecords(long readId, List<Logged> records) {}

    @Override
    public void logReadDone(long readId) {}

    @Override
    public void logReadFailed(long readId, String reason) {}

    @Override
    public void sourceRecords(long sourceId, List<Logged> records, long next, long end) {
        input("source " + next);
    }

    @Override
    public void sourceFailed(long sourceId, String reason) {}

    @Override
    public void digested(long digestId, DigestResult result) {}

    @Override
    public void digestFailed(long digestId, String reason) {}

    @Override
    public void counted(long countId, long rows) {}

    @Override
    public void replicaProgress(Report.ReplicaProgress progress) {
        input("progress " + progress.position());
    }

    @Override
    public void foregroundLatency(Report.ForegroundLatency latency) {
        input("latency " + latency.p99Micros());
    }

    @Override
    public void tick() {
        ticks.incrementAndGet();
    }

    @Override
    public void endOfBatch() {
        batches.incrementAndGet();
    }

    @Override
    public void stop(Runnable stopped) {
        input("stop");
        if (stops) {
            stopped.run();
        }
    }

    @Override
    public Report.ShardStatus status() {
        return new Report.ShardStatus("s1", 7, Report.ShardState.SERVING, null, 1, 2, 3, List.of());
    }
}
