package dev.kedge.cli;

import dev.kedge.worker.runtime.ClientFrontend;
import dev.kedge.worker.runtime.ShardDirectory;
import java.io.IOException;

/** A frontend that clients reach under another port than the one it listens on, because something in between maps ports. */
record AdvertisedFrontend(ClientFrontend frontend, int port) implements ClientFrontend {
    @Override
    public int start(ShardDirectory shards) throws IOException {
        frontend.start(shards);
        return port;
    }

    @Override
    public void close() {
        frontend.close();
    }
}
