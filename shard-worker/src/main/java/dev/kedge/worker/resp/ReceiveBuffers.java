package dev.kedge.worker.resp;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import java.util.function.IntSupplier;

/**
 * How much of what clients have sent is read in one go: what is read is parsed at once and waits in this process's memory, so all connections together
 * share a bound, and the rest waits in their sockets. Thread-safe.
 */
@SuppressWarnings("deprecation") // Netty means to move its base class, and has no other yet
final class ReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int READS_PER_TURN = 4;
    private static final int LEAST_BYTES = 1 << 10;
    private static final int MOST_BYTES = 32 << 10;

    private final long maxBytes;
    private final IntSupplier connections;

    /** @param maxBytes for all connections, as far as the least for each allows */
    ReceiveBuffers(long maxBytes, IntSupplier connections) {
        super(READS_PER_TURN);
        this.maxBytes = maxBytes;
        this.connections = connections;
    }

    int bytesPerRead() {
        long share = maxBytes / Math.max(1, connections.getAsInt()) / READS_PER_TURN;
        return Math.clamp(share, LEAST_BYTES, MOST_BYTES);
    }

    @Override
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return bytesPerRead();
            }
        };
    }
}
