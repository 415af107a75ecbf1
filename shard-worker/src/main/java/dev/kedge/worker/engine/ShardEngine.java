package dev.kedge.worker.engine;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import java.util.List;

/**
 * One shard: a single-threaded, pure state machine (docs/protocol.md). All inputs must come from one thread, the shard's loop.
 *
 * <p>It starts when {@link #start} is called, with a routing map read to its end (R0), and runs until {@link #stop}.
 */
public interface ShardEngine {

    /** Begins opening the shard at an epoch. The map must have been read to the end offset asked for at the start (R0). */
    void start(long epoch, RoutingMap routing);

    /** A newer routing map. */
    void routing(RoutingMap routing);

    void request(Request request);

    /** @param offset -1 if the broker acknowledged without telling the offset, which counts as failed (R3) */
    void appended(long token, long offset, long timestampMillis);

    void appendFailed(long token, String reason);

    void logRecords(long readId, List<Logged> records);

    void logReadDone(long readId);

    void logReadFailed(long readId, String reason);

    /**
     * Records of a source followed. The first call after an open comes soon even when there is none, so that the source's end is known.
     *
     * @param next offset after the last of {@code records} (and of those compaction removed)
     * @param end the source log's end as last seen
     */
    void sourceRecords(long sourceId, List<Logged> records, long next, long end);

    void sourceFailed(long sourceId, String reason);

    void digested(long digestId, DigestResult result);

    void digestFailed(long digestId, String reason);

    void counted(long countId, long rows);

    /** A report of another shard's replica that concerns a dual-write of this shard. */
    void replicaProgress(Report.ReplicaProgress progress);

    /** What the clients of a shard wait that this one copies from. */
    void foregroundLatency(Report.ForegroundLatency latency);

    /** Time has passed; called at least every 50 ms, and after every batch of inputs. */
    void tick();

    /** Everything handed in so far has been processed: append acknowledgements may be applied to the store as one batch. */
    void endOfBatch();

    /** Stops in good order: refuses new requests, appends {@code Closed} once nothing is in flight, then calls back. */
    void stop(Runnable stopped);

    /** For heartbeats. */
    Report.ShardStatus status();
}
