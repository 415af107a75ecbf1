package dev.kedge.worker.runtime;

import java.io.IOException;

/** What clients talk to. */
public interface ClientFrontend extends AutoCloseable {

    /**
     * Begins to listen.
     *
     * @return the port
     * @throws IOException if the address cannot be listened on
     */
    int start(ShardDirectory shards) throws IOException;

    /** Stops listening, after the replies to what was taken are out. Harmless if it never began. */
    @Override
    void close();
}
