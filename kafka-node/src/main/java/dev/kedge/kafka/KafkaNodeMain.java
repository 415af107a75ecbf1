package dev.kedge.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The child process of a {@link KafkaNode}: formats the data directory when it is new, runs the broker, writes {@link #READY} to
 * standard output once the broker serves requests, and ends when its standard input does. A parent that was killed with -9 closes
 * that pipe too, so no broker outlives the process that wanted it.
 */
final class KafkaNodeMain {
    /** The only line the parent acts upon. */
    static final String READY = "READY";

    /** System property: a directory to delete when the node ends (not when it is killed: a restart wants it). */
    static final String DELETE_ON_EXIT = "kedge.kafka.deleteOnExit";

    private static final long ORDERLY_SHUTDOWN_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(KafkaNodeMain.class);

    private KafkaNodeMain() {}

    /** Arguments: server.properties, cluster id. */
    public static void main(String[] args) {
        PrintStream toParent = System.out;
        // Kafka prints to standard output here and there; that pipe belongs to the parent.
        System.setOut(System.err);
        try {
            ignoreInterrupts();
            endWithParent(System.in);
            run(Path.of(args[0]), args[1], toParent);
        } catch (Throwable e) {
            LOG.error("Kafka did not start", e);
            Runtime.getRuntime().halt(1);
        }
        System.exit(0);
    }

    private static void run(Path configFile, String clusterId, PrintStream toParent) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(configFile)) {
            properties.load(in);
        }
        if (!Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
            String[] format = {
                "format", "--cluster-id", clusterId, "--config", configFile.toString(), "--ignore-formatted"
            };
            int status = StorageTool.execute(format, System.err);
            if (status != 0) {
                throw new IOException(
                        "formatting " + properties.getProperty("log.dirs") + " ended with status " + status);
            }
        }
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shutdown(server), "kafka-shutdown"));
        server.startup();
        toParent.println(READY);
        toParent.flush();
        server.awaitShutdown();
    }

    private static void shutdown(KafkaRaftServer server) {
        server.shutdown();
        String delete = System.getProperty(DELETE_ON_EXIT);
        if (delete != null) {
            try {
                TreeDeletion.delete(Path.of(delete));
            } catch (IOException e) {
                LOG.warn("cannot delete {}", delete, e);
            }
        }
    }

    /**
     * Ctrl-C in a terminal reaches every process started from it. The parent decides when Kafka goes: after those who still write to it.
     * By reflection, as Kafka itself does it, because the class is not part of any Java release.
     */
    private static void ignoreInterrupts() throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        signal.getMethod("handle", signal, handler)
                .invoke(
                        null,
                        signal.getConstructor(String.class).newInstance("INT"),
                        handler.getField("SIG_IGN").get(null));
    }

    private static void endWithParent(InputStream in) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (in.read() >= 0) {
                            // whatever is written means nothing: only the end counts
                        }
                    } catch (IOException e) {
                        LOG.warn("lost the pipe to the parent", e);
                    }
                    exitWithin(ORDERLY_SHUTDOWN_MILLIS);
                },
                "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    /** The shutdown hook can wait for a quorum that is gone as well, hence the bound. */
    private static void exitWithin(long millis) {
        Thread exit = new Thread(() -> System.exit(0), "exit");
        exit.setDaemon(true);
        exit.start();
        try {
            exit.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }
}
