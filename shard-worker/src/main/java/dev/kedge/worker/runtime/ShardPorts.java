package dev.kedge.worker.runtime;

import dev.kedge.worker.engine.Ports;
import java.security.SecureRandom;

/** A shard's ports in a worker process. */
record ShardPorts(Log log, Store store, SourceLogs sources, Digests digests, Reports reports, Clock clock)
        implements Ports {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Sixty-three random bits: no counter would survive the loss of the disk. */
    @Override
    public long nextIncarnation() {
        return RANDOM.nextLong(1, Long.MAX_VALUE);
    }
}
