package dev.kedge.kafka;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka, broker and controller in one, as a child process on the loopback interface. It ends when it is closed and also when the
 * process that started it ends, however that happens. Unlike an embedded one it can be killed with -9.
 *
 * <pre>{@code
 * try (KafkaNode kafka = KafkaNode.builder().dataDir(dir).start()) {
 *     use(kafka.bootstrap());
 *     kafka.kill();
 *     kafka.restart(); // same directory, same ports
 * }
 * }</pre>
 *
 * <p>Not thread-safe, except for {@link #kill()}.
 */
public final class KafkaNode implements AutoCloseable {
    private static final int PORT_TRIES = 3;

    private final NodeSettings settings;
    private final Options options;
    private @Nullable BrokerProcess process;

    KafkaNode(NodeSettings settings, Options options) {
        this.settings = settings;
        this.options = options;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Where clients connect, {@code host:port}. */
    public String bootstrap() {
        return settings.self().bootstrap();
    }

    public int port() {
        return settings.self().port();
    }

    public int id() {
        return settings.id();
    }

    public Path dataDir() {
        return settings.dataDir();
    }

    /** What the node logged, warnings and worse, over all its starts. */
    public Path logFile() {
        return settings.dataDir().resolve("kafka.log");
    }

    /** Process id of the running (or last) child. */
    public long pid() {
        return current().pid();
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Completed when the current child ends, for whatever reason. */
    public CompletableFuture<?> onExit() {
        return current().onExit();
    }

    /** kill -9, and waits until the process is gone. Its data stays. */
    public void kill() {
        current().kill();
    }

    /** Ends the node in an orderly way, within 15 s or else by force. Its data stays. */
    public void stop() {
        if (process != null) {
            process.stop();
        }
    }

    /**
     * Starts the node again on the same data and ports, stopping it first if it runs; returns when it serves requests.
     *
     * @throws KafkaStartException when it does not get that far; the message holds the end of its log
     */
    public void restart() {
        relaunch().awaitReady();
    }

    /** The same without waiting until it serves. */
    BrokerProcess relaunch() {
        stop();
        return launch();
    }

    @Override
    public void close() {
        stop();
        if (options.temporary()) {
            BrokerProcess.deleteTree(settings.dataDir());
        }
    }

    List<NodeSettings.Link> links() {
        return settings.links();
    }

    boolean isTemporary() {
        return options.temporary();
    }

    void start() {
        launch().awaitReady();
    }

    /** Starts the process without waiting for it: the nodes of a cluster wait for each other. */
    BrokerProcess launch() {
        BrokerProcess started = BrokerProcess.launch(settings, options, logFile());
        process = started;
        return started;
    }

    private BrokerProcess current() {
        if (process == null) {
            throw new IllegalStateException("the Kafka node in " + settings.dataDir() + " was never started");
        }
        return process;
    }

    /** How the child process is run. */
    record Options(String clusterId, String heap, List<String> jvmOptions, boolean temporary, Duration startTimeout) {
        Options {
            jvmOptions = List.copyOf(jvmOptions);
        }
    }

    /** Settings of a node or, by {@link KafkaCluster#builder()}, of several. */
    public static final class Builder {
        private @Nullable Path dataDir;
        private int port;
        private String heap = "512m";
        private Duration startTimeout = Duration.ofSeconds(60);
        private final Map<String, String> extra = new LinkedHashMap<>();
        private final List<String> jvmOptions = new ArrayList<>();
        private final List<String> links = new ArrayList<>();

        Builder() {}

        /** Where the node keeps its data and its log; made when missing. By default a temporary directory, deleted at the end. */
        public Builder dataDir(Path dir) {
            dataDir = dir;
            return this;
        }

        /** Port for clients; 0, the default, chooses a free one. In a cluster: the first node's, followed by the others'. */
        public Builder port(int clientPort) {
            if (clientPort < 0 || clientPort > 65_535) {
                throw new IllegalArgumentException("port " + clientPort + " is not between 0 and 65535");
            }
            port = clientPort;
            return this;
        }

        /** Maximum heap as the JVM's -Xmx takes it, by default {@code 512m}. */
        public Builder heap(String size) {
            heap = size;
            return this;
        }

        /** One more option for the child's JVM, after ours. */
        public Builder jvmOption(String option) {
            jvmOptions.add(option);
            return this;
        }

        /** A setting of server.properties, overriding what is chosen otherwise. */
        public Builder property(String name, String value) {
            extra.put(name, value);
            return this;
        }

        /** A {@link KafkaLink} of this name; only in a cluster. */
        void link(String name) {
            links.add(name);
        }

        public Builder startTimeout(Duration timeout) {
            startTimeout = timeout;
            return this;
        }

        /**
         * Starts it and returns when it serves requests.
         *
         * @throws KafkaStartException when it does not get that far; the message holds the end of its log
         */
        public KafkaNode start() {
            for (int attempt = 1; ; attempt++) {
                KafkaNode node = nodes(1).get(0);
                try {
                    node.start();
                    return node;
                } catch (KafkaStartException e) {
                    node.close();
                    // Somebody took the port between our look and Kafka's bind. Only worth another try if the choice
                    // was ours.
                    if (port != 0 || attempt == PORT_TRIES || !e.portTaken()) {
                        throw e;
                    }
                }
            }
        }

        /** Nodes 1 to {@code count}, not started. */
        List<KafkaNode> nodes(int count) {
            int[] free = Ports.free((2 + 2 * links.size()) * count);
            List<NodeSettings.Member> members = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int clientPort = port == 0 ? free[2 * i] : port + i;
                if (port != 0 && !Ports.isFree(clientPort)) {
                    throw new KafkaStartException("port " + clientPort + " on " + NodeSettings.HOST
                            + " is taken: stop what listens there or choose another port");
                }
                members.add(new NodeSettings.Member(i + 1, clientPort, free[2 * i + 1]));
            }
            Path root = dataDir == null ? BrokerProcess.temporaryDirectory() : dataDir.toAbsolutePath();
            Options options = new Options(clusterId(), heap, jvmOptions, dataDir == null, startTimeout);
            List<KafkaNode> nodes = new ArrayList<>();
            int next = 2 * count;
            for (NodeSettings.Member member : members) {
                Path dir = count == 1 ? root : root.resolve("node-" + member.id());
                List<NodeSettings.Link> ways = new ArrayList<>();
                for (String link : links) {
                    ways.add(new NodeSettings.Link(link, free[next++], free[next++]));
                }
                nodes.add(new KafkaNode(new NodeSettings(member.id(), members, dir, extra, ways), options));
            }
            return nodes;
        }

        /**
         * Kafka writes a UUID as 22 characters of URL-safe base64; a data directory that has one already keeps it. None begins with a dash: Kafka's
         * own format tool would take that for an option.
         */
        private static String clusterId() {
            UUID uuid = UUID.randomUUID();
            byte[] bytes = ByteBuffer.allocate(16)
                    .putLong(uuid.getMostSignificantBits())
                    .putLong(uuid.getLeastSignificantBits())
                    .array();
            String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            return id.startsWith("-") ? "A" + id.substring(1) : id;
        }
    }
}
