package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.kafka.KafkaNode;
import dev.kedge.kafka.TreeDeletion;
import dev.kedge.schemas.registry.SchemaRegistries;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import dev.kedge.topics.TopicPlanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole cell on this machine: Kafka, a control plane and workers, each a process of its own that ends with this one. Not thread-safe,
 * except for {@link #close}.
 */
final class LocalCell implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    /** As a worker has it that is told nothing else. */
    static final Duration LOAD_INTERVAL = Duration.ofSeconds(10);

    /**
     * @param dataDir null for a temporary one, deleted at the end
     * @param kafkaPort 0 takes a free one
     * @param firstWorkerPort of the first worker, followed by the others'; 0 takes free ones
     * @param workerHeap as the JVM's -Xmx takes it
     * @param storeMemory of each worker, as its {@code --memory} takes it
     * @param loadInterval how often workers tell what their shards are asked for
     * @param brief it will be over before the JVM's second compiler has earned back what it costs
     */
    record Settings(
            @Nullable Path dataDir,
            int kafkaPort,
            int workers,
            int firstWorkerPort,
            String workerHeap,
            String storeMemory,
            Duration loadInterval,
            boolean brief,
            Duration timeout) {}

    private static final String FIRST_COMPILER_ONLY = "-XX:TieredStopAtLevel=1";

    private final Settings settings;
    private final Path dataDir;
    private final Consumer<String> progress;
    private final long startNanos = System.nanoTime();
    private final List<ChildProcess> children = new ArrayList<>();
    private final List<ChildProcess> workers = new ArrayList<>();
    private @Nullable KafkaNode kafka;
    private volatile boolean closed;

    /** @param progress told of each step done */
    LocalCell(Settings settings, Consumer<String> progress) {
        this.settings = settings;
        this.progress = progress;
        try {
            dataDir = settings.dataDir() == null
                    ? Files.createTempDirectory("kedge-")
                    : Files.createDirectories(settings.dataDir()).toAbsolutePath();
        } catch (IOException e) {
            throw new Failed("DATA_DIR", "can't make a directory for the data: " + e, e);
        }
    }

    Path dataDir() {
        return dataDir;
    }

    /** Returns when all of it runs. Closed also if that fails. */
    void start() {
        Supplier<String> elapsed = elapsed();
        KafkaNode node = startKafka();
        progress.accept("Kafka at " + node.bootstrap() + " (pid " + node.pid() + ") in " + elapsed.get());
        CellOptions options = options();
        try (TopicAdmin admin = TopicAdmin.open(options.kafka("cli"))) {
            new TopicPlanner(new TopicCatalogue(options.cell(), TopicOptions.replicated(1))).apply(admin);
        }
        elapsed = elapsed();
        ChildProcess orchestrator = startChild("orchestrator", orchestratorJvm(), orchestratorArguments(options));
        for (int i = 1; i <= settings.workers(); i++) {
            workers.add(startChild(worker(i), workerJvm(), workerArguments(options, i)));
        }
        orchestrator.awaitReady(START_TIMEOUT);
        progress.accept("control plane (pid " + orchestrator.pid() + ") in " + elapsed.get());
        for (ChildProcess worker : workers) {
            progress.accept(worker.awaitReady(START_TIMEOUT) + " (pid " + worker.pid() + ") in " + elapsed.get());
        }
    }

    /** Starts one more worker, which has no shard yet; returns its name when it runs. */
    String addWorker() {
        int number = workers.size() + 1;
        ChildProcess worker = startChild(worker(number), workerJvm(), workerArguments(options(), number));
        workers.add(worker);
        worker.awaitReady(START_TIMEOUT);
        return worker(number);
    }

    /** To be passed to commands that talk to this cell. */
    CellOptions options() {
        CellOptions options = new CellOptions();
        options.bootstrap = kafka().bootstrap();
        options.cell = "kedge";
        options.registry = SchemaRegistries.BUNDLED;
        options.timeout = settings.timeout();
        return options;
    }

    static String worker(int number) {
        return "worker-" + number;
    }

    /** Process ids of everything started here. */
    List<Long> pids() {
        List<Long> pids = new ArrayList<>();
        if (kafka != null) {
            pids.add(kafka.pid());
        }
        children.forEach(child -> pids.add(child.pid()));
        return pids;
    }

    List<Long> workerPids() {
        return workers.stream().map(ChildProcess::pid).toList();
    }

    /** Completes when one of its processes ends: exceptionally, unless that is because this is being closed. */
    CompletableFuture<?> anyEnds() {
        List<CompletableFuture<?>> ends = new ArrayList<>();
        ends.add(kafka().onExit());
        children.forEach(child -> ends.add(child.process().onExit()));
        return CompletableFuture.anyOf(ends.toArray(new CompletableFuture<?>[0]))
                .thenAccept(ended -> {
                    if (!closed) {
                        throw new IllegalStateException("one of the processes has ended; see the logs in " + dataDir);
                    }
                });
    }

    private synchronized KafkaNode startKafka() {
        requireOpen();
        KafkaNode node = KafkaCommand.start(
                dataDir.resolve("kafka"),
                settings.kafkaPort(),
                "384m",
                settings.brief() ? List.of(FIRST_COMPILER_ONLY) : List.of());
        kafka = node;
        return node;
    }

    private synchronized ChildProcess startChild(String name, List<String> jvm, List<String> arguments) {
        requireOpen();
        ChildProcess child = ChildProcess.start(name, jvm, arguments, dataDir.resolve(name + ".log"));
        children.add(child);
        return child;
    }

    private void requireOpen() {
        if (closed) {
            throw new Failed("INTERRUPTED", "stopped while starting");
        }
    }

    private static List<String> orchestratorJvm() {
        // It decides little and often: what the second compiler and a second collector thread would cost is better left
        // to the workers.
        return List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError");
    }

    private List<String> workerJvm() {
        List<String> options = new ArrayList<>(List.of(
                "-Xms" + settings.workerHeap(),
                "-Xmx" + settings.workerHeap(),
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError"));
        if (settings.brief()) {
            options.add(FIRST_COMPILER_ONLY);
        }
        return options;
    }

    private List<String> orchestratorArguments(CellOptions options) {
        List<String> arguments = new ArrayList<>(List.of("orchestrator"));
        arguments.addAll(options.asArguments());
        arguments.addAll(List.of(
                "--data-dir", dataDir.resolve("orchestrator").toString(), "--id", "orchestrator-1", "--standbys", "0"));
        arguments.addAll(patience());
        return arguments;
    }

    private List<String> workerArguments(CellOptions options, int number) {
        int port = settings.firstWorkerPort() == 0 ? 0 : settings.firstWorkerPort() + number - 1;
        List<String> arguments = new ArrayList<>(List.of("worker"));
        arguments.addAll(options.asArguments());
        arguments.addAll(List.of("--id", worker(number)));
        arguments.addAll(List.of("--data-dir", dataDir.resolve(worker(number)).toString()));
        arguments.addAll(List.of("--port", String.valueOf(port), "--memory", settings.storeMemory()));
        arguments.addAll(patience());
        arguments.addAll(List.of("--load-interval", settings.loadInterval().toMillis() + "ms"));
        return arguments;
    }

    /** All of the cell starts at once, on a machine that may have other things to do: Kafka's first answers can take their time. */
    private static List<String> patience() {
        return List.of("--timeout", START_TIMEOUT.toSeconds() / 2 + "s");
    }

    private static Supplier<String> elapsed() {
        long from = System.nanoTime();
        return () -> Durations.show((System.nanoTime() - from) / 1_000_000);
    }

    Duration sinceStart() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private KafkaNode kafka() {
        if (kafka == null) {
            throw new IllegalStateException("not started");
        }
        return kafka;
    }

    /** Ends all processes, Kafka last because the others still write to it, and deletes temporary data. May be called again. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        children.forEach(ChildProcess::askToStop);
        children.forEach(ChildProcess::close);
        if (kafka != null) {
            kafka.close();
        }
        if (settings.dataDir() == null) {
            try {
                TreeDeletion.delete(dataDir);
            } catch (IOException e) {
                throw new Failed("DATA_DIR", "can't delete " + dataDir + ": " + e.getMessage(), e);
            }
        }
    }
}
