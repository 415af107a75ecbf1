package dev.kedge.worker.resp;

/**
 * How a RESP server listens and what it refuses.
 *
 * @param workerId this worker's name in the routing map; its Redis Cluster node id is derived from it
 * @param version Kedge's version, for INFO
 * @param host address to listen on
 * @param port port to listen on; 0 takes any free one
 * @param ioThreads threads that read, parse and write; each connection belongs to one
 * @param maxConnections connections above this are told so and closed
 */
public record RespSettings(
        String workerId, String version, String host, int port, int ioThreads, int maxConnections, Limits limits) {

    /**
     * @param maxKeyBytes longest key
     * @param maxValueBytes longest value, and longest argument of any kind
     * @param maxRequestBytes longest request, all arguments together
     * @param maxArgs most arguments of a request, its name included
     * @param maxPipelined most requests of one connection between their reading and the writing of their replies
     * @param maxReplyBytes how many bytes of replies a connection may make this worker hold, estimated from its recent replies:
     *     the more they weigh, the fewer of its requests are in flight (at least one always is)
     * @param maxHeldReplyBytes the same for all connections together, in equal shares of those that hold any; half as much may be read of
     *     requests before they are worked on
     */
    public record Limits(
            int maxKeyBytes,
            int maxValueBytes,
            int maxRequestBytes,
            int maxArgs,
            int maxPipelined,
            int maxReplyBytes,
            long maxHeldReplyBytes) {
        /** A quarter of this process's memory is for replies. */
        public static final Limits DEFAULT = new Limits(
                4 << 10,
                512 << 10,
                8 << 20,
                8192,
                1024,
                16 << 20,
                Runtime.getRuntime().maxMemory() / 4);

        public Limits {
            atLeastOne("max-key-bytes", maxKeyBytes);
            atLeastOne("max-value-bytes", maxValueBytes);
            atLeastOne("max-request-bytes", maxRequestBytes);
            atLeastOne("max-args", maxArgs);
            atLeastOne("max-pipelined", maxPipelined);
            atLeastOne("max-reply-bytes", maxReplyBytes);
            atLeastOne("max-held-reply-bytes", maxHeldReplyBytes);
        }

        /** Longest argument of any kind. */
        int maxArgBytes() {
            return Math.max(maxKeyBytes, maxValueBytes);
        }
    }

    public RespSettings {
        if (workerId.isEmpty()) {
            throw new IllegalArgumentException("the worker id is empty");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be 0 to 65535, was " + port);
        }
        atLeastOne("io-threads", ioThreads);
        atLeastOne("max-connections", maxConnections);
    }

    /** Listens on any free port of 127.0.0.1. */
    public static RespSettings of(String workerId, String version) {
        int threads = Math.min(2, Runtime.getRuntime().availableProcessors());
        return new RespSettings(workerId, version, "127.0.0.1", 0, threads, 10_000, Limits.DEFAULT);
    }

    public RespSettings withAddress(String newHost, int newPort) {
        return new RespSettings(workerId, version, newHost, newPort, ioThreads, maxConnections, limits);
    }

    public RespSettings withMaxConnections(int newMax) {
        return new RespSettings(workerId, version, host, port, ioThreads, newMax, limits);
    }

    public RespSettings withLimits(Limits newLimits) {
        return new RespSettings(workerId, version, host, port, ioThreads, maxConnections, newLimits);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, was " + value);
        }
    }
}
