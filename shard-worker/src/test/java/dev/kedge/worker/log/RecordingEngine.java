package dev.kedge.worker.log;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.engine.ShardEngine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** An engine that writes down what the log tells it, with a loop of its own. */
final class RecordingEngine implements ShardEngine, AutoCloseable {
    record Ack(long token, long offset, long timestampMillis) {}

    final ThreadPoolExecutor loop = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    final List<Ack> acks = new ArrayList<>();
    final Map<Long, String> failures = new HashMap<>();
    final Map<Long, List<Logged>> read = new HashMap<>();
    final Map<Long, String> readEnds = new HashMap<>();
    final List<Logged> source = new ArrayList<>();
    final List<String> sourceFailures = new ArrayList<>();
    final List<Integer> chunks = new ArrayList<>();
    long sourceNext = -1;
    long sourceEnd = -1;
    Runnable onAck = () -> {};
    Runnable onSource = () -> {};

    EngineInbox inbox() {
        return input -> loop.execute(() -> input.run(this));
    }

    /** Runs something in the loop and waits for it. */
    <T> T ask(Supplier<T> question) {
        return CompletableFuture.supplyAsync(question, loop).join();
    }

    void run(Runnable action) {
        CompletableFuture.runAsync(action, loop).join();
    }

    @Override
    public void close() {
        loop.shutdown();
    }

    @Override
    public void appended(long token, long offset, long timestampMillis) {
        acks.add(new Ack(token, offset, timestampMillis));
        onAck.run();
    }

    @Override
    public void appendFailed(long token, String reason) {
        failures.put(token, reason);
    }

    @Override
    public void logRecords(long readId, List<Logged> records) {
        read.computeIfAbsent(readId, id -> new ArrayList<>()).addAll(records);
        chunks.add(records.size());
    }

    @Override
    public void logReadDone(long readId) {
        readEnds.put(readId, "done");
    }

    @Override
    public void logReadFailed(long readId, String reason) {
        readEnds.put(readId, reason);
    }

    @Override
    public void sourceRecords(long sourceId, List<Logged> records, long next, long end) {
        source.addAll(records);
        chunks.add(records.size());
        sourceNext = next;
        sourceEnd = end;
        onSource.run();
    }

    @Override
    public void sourceFailed(long sourceId, String reason) {
        sourceFailures.add(reason);
    }

    @Override
    public void start(long epoch, RoutingMap routing) {}

    @Override
    public void routing(RoutingMap routing) {}

    @Override
    public void request(Request request) {}

    @Override
    public void digested(long digestId, DigestResult result) {}

    @Override
    public void digestFailed(long digestId, String reason) {}

    @Override
    public void counted(long countId, long rows) {}

    @Override
    public void replicaProgress(Report.ReplicaProgress progress) {}

    @Override
    public void foregroundLatency(Report.ForegroundLatency latency) {}

    @Override
    public void tick() {}

    @Override
    public void endOfBatch() {}

    @Override
    public void stop(Runnable stopped) {
        stopped.run();
    }

    @Override
    public Report.ShardStatus status() {
        return new Report.ShardStatus("shard", 1, Report.ShardState.SERVING, null, 0, 0, 0, List.of());
    }
}
