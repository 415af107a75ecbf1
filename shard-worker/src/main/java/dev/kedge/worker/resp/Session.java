package dev.kedge.worker.resp;

import org.jspecify.annotations.Nullable;

/** What a connection has told about itself. Confined to its event loop. */
final class Session {
    final long id;
    final String remoteAddress;
    final String localAddress;
    final long sinceNanos = System.nanoTime();

    /** 2 or 3. */
    int protocol = 2;

    String name = "";
    String library = "";
    String libraryVersion = "";

    /** The keyspace selected by name; null for the default one. */
    @Nullable
    String keyspace;

    /** Whether reads may be answered from a replica's rows. */
    boolean replicaReads;

    Session(long id, String remoteAddress, String localAddress) {
        this.id = id;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
    }
}
