package dev.kedge.worker.engine;

/**
 * One operation of one client.
 *
 * @param receivedNanos monotonic time taken after the request's last byte was read: reads are judged by it (R4)
 * @param replicaRead the client accepts stale reads from a replica (READONLY)
 * @param replies called exactly once, from the shard's loop
 */
public record Request(Operation operation, long receivedNanos, boolean replicaRead, ReplySink replies) {

    /** Takes the reply. Must not throw and must not block: it runs in the shard's loop. */
    @FunctionalInterface
    public interface ReplySink {
        void reply(Reply reply);
    }
}
