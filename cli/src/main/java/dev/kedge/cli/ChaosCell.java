package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.kafka.KafkaCluster;
import dev.kedge.kafka.KafkaLink;
import dev.kedge.kafka.KafkaNode;
import dev.kedge.kafka.LoopbackProxy;
import dev.kedge.kafka.Ports;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.jspecify.annotations.Nullable;

/**
 * A cell made to be broken: three Kafka nodes, two control planes and three workers, each a process of its own; each worker has its own way
 * to Kafka, and clients theirs to it, which can be cut. All ends with this process. Parts are used by one thread at a time; {@link #close} by
 * any.
 */
final class ChaosCell implements AutoCloseable {
    static final int WORKERS = 3;
    static final int ORCHESTRATORS = 2;
    private static final int REPLICATION = 3;
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    /** How long processes wait for Kafka at their start, on a machine that is busy with all of this. */
    private static final String PATIENCE = "90s";

    private static final Duration TIMEOUT = Duration.ofSeconds(45);

    private final @Nullable Path keep;
    private final Path dataDir;
    private final List<ChaosPart> workers = new ArrayList<>();
    private final List<ChaosPart> orchestrators = new ArrayList<>();
    /** From where clients are told a worker is to where it is. */
    private final List<LoopbackProxy> clientLinks = new ArrayList<>();

    private final Set<Long> pids = new LinkedHashSet<>();
    private @Nullable KafkaCluster kafka;
    private @Nullable TopicAdmin admin;
    private boolean closed;

    ChaosCell(@Nullable Path keep) {
        this.keep = keep;
        try {
            dataDir = keep == null
                    ? Files.createTempDirectory("kedge-chaos-")
                    : Files.createDirectories(keep).toAbsolutePath();
        } catch (IOException e) {
            throw new Failed("DATA_DIR", "can't make a directory for the data: " + e, e);
        }
    }

    Path dataDir() {
        return dataDir;
    }

    static String worker(int index) {
        return "worker-" + (index + 1);
    }

    static List<String> workerNames() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            names.add(worker(i));
        }
        return names;
    }

    /** Returns when all of it runs. */
    void start() {
        startKafka();
        admin = TopicAdmin.open(options().kafka("chaos"));
        new TopicPlanner(new TopicCatalogue(options().cell(), TopicOptions.replicated(REPLICATION))).apply(admin);
        int[] ports = Ports.free(2 * WORKERS);
        for (int i = 0; i < ORCHESTRATORS; i++) {
            String name = orchestrator(i);
            add(orchestrators, name, List.of("-Xmx256m"), orchestratorArguments(name));
        }
        orchestrators.forEach(this::awaitReady);
        for (int i = 0; i < WORKERS; i++) {
            int port = ports[2 * i];
            int advertised = ports[2 * i + 1];
            clientLinks.add(new LoopbackProxy("clients-" + worker(i), advertised, port));
            add(workers, worker(i), List.of("-Xmx192m"), workerArguments(worker(i), port, advertised));
        }
        workers.forEach(this::awaitReady);
    }

    /** One that ends before it is ready, because Kafka was too slow for it, is started again, as whoever runs such processes does. */
    void awaitReady(ChaosPart part) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try {
                part.awaitReady(START_TIMEOUT);
                return;
            } catch (Failed e) {
                if (part.isAlive() || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                start(part);
            }
        }
    }

    private static String orchestrator(int index) {
        return "orchestrator-" + (index + 1);
    }

    private synchronized void startKafka() {
        requireOpen();
        KafkaCluster.Builder builder = KafkaCluster.builder()
                .dataDir(dataDir.resolve("kafka"))
                .heap("256m")
                .jvmOption("-XX:TieredStopAtLevel=1")
                .jvmOption("-XX:+UseSerialGC")
                .startTimeout(START_TIMEOUT);
        workerNames().forEach(builder::link);
        kafka = builder.start();
        kafka.nodes().forEach(node -> pids.add(node.pid()));
    }

    private synchronized void add(List<ChaosPart> parts, String name, List<String> jvm, List<String> arguments) {
        List<String> options = new ArrayList<>(jvm);
        options.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"));
        ChaosPart part = new ChaosPart(name, options, arguments, dataDir.resolve(name + ".log"));
        start(part);
        parts.add(part);
    }

    /** Starts a part, for the first time or again. */
    synchronized void start(ChaosPart part) {
        requireOpen();
        part.start();
        pids.add(part.pid());
    }

    /** Starts a killed broker again; returns when it serves. */
    void restart(KafkaNode node) {
        node.restart();
        synchronized (this) {
            pids.add(node.pid());
            if (closed) {
                node.kill();
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new Failed("INTERRUPTED", "stopped while starting");
        }
    }

    private List<String> orchestratorArguments(String name) {
        List<String> arguments = new ArrayList<>(List.of("orchestrator"));
        arguments.addAll(options().asArguments());
        arguments.addAll(List.of("--data-dir", dataDir.resolve(name).toString(), "--id", name, "--standbys", "1"));
        arguments.addAll(List.of("--timeout", PATIENCE));
        return arguments;
    }

    private List<String> workerArguments(String name, int port, int advertised) {
        List<String> arguments = new ArrayList<>(List.of("worker"));
        CellOptions options = options();
        options.bootstrap = link(name).bootstrap();
        arguments.addAll(options.asArguments());
        arguments.addAll(List.of("--id", name, "--data-dir", workerDir(name).toString()));
        arguments.addAll(List.of("--port", String.valueOf(port), "--advertise", "127.0.0.1:" + advertised));
        arguments.addAll(List.of("--memory", "96m", "--timeout", PATIENCE));
        return arguments;
    }

    /** To be passed to commands that talk to this cell, by a way to Kafka that no harm is done to. */
    CellOptions options() {
        CellOptions options = new CellOptions();
        options.bootstrap = kafka().bootstrap();
        options.cell = "kedge";
        options.registry = SchemaRegistries.BUNDLED;
        options.timeout = TIMEOUT;
        return options;
    }

    Path workerDir(String worker) {
        return dataDir.resolve(worker);
    }

    ChaosPart worker(String name) {
        return workers.get(workerNames().indexOf(name));
    }

    List<ChaosPart> workers() {
        return workers;
    }

    List<ChaosPart> orchestrators() {
        return orchestrators;
    }

    KafkaLink link(String worker) {
        return kafka().link(worker);
    }

    LoopbackProxy clientLink(int worker) {
        return clientLinks.get(worker);
    }

    KafkaNode broker(int index) {
        return kafka().nodes().get(index);
    }

    int brokers() {
        return kafka().nodes().size();
    }

    /** Removes what a worker has on disk. */
    void loseDisk(String worker) {
        try {
            TreeDeletion.delete(workerDir(worker));
        } catch (IOException e) {
            throw new Failed("DATA_DIR", "can't delete " + workerDir(worker) + ": " + e, e);
        }
    }

    /** The control plane that decides, by the group that all are members of; null while there is none. */
    @Nullable
    ChaosPart deciding() {
        Admin asked = admin().admin();
        String group = options().cell().orchestratorGroup();
        try {
            Map<String, ConsumerGroupDescription> groups =
                    asked.describeConsumerGroups(List.of(group)).all().get(3, TimeUnit.SECONDS);
            for (MemberDescription member :
                    Objects.requireNonNull(groups.get(group)).members()) {
                if (!member.assignment().topicPartitions().isEmpty()) {
                    String instance = member.groupInstanceId().orElse("");
                    for (ChaosPart part : orchestrators) {
                        if (instance.startsWith(part.name())) {
                            return part;
                        }
                    }
                }
            }
            return null;
        } catch (ExecutionException | TimeoutException e) {
            return null; // its coordinator is on its way to another broker
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Whether every copy of every partition is in step, so that the next broker may go. */
    boolean isReplicated() {
        try {
            return admin()
                    .admin()
                    .describeTopics(admin().admin().listTopics().names().get(3, TimeUnit.SECONDS))
                    .allTopicNames()
                    .get(3, TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .allMatch(partition ->
                            partition.isr().size() == partition.replicas().size());
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private KafkaCluster kafka() {
        if (kafka == null) {
            throw new IllegalStateException("not started");
        }
        return kafka;
    }

    private TopicAdmin admin() {
        if (admin == null) {
            throw new IllegalStateException("not started");
        }
        return admin;
    }

    /** All processes ever started here that still run. */
    synchronized List<Long> running() {
        return pids.stream()
                .filter(pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false))
                .toList();
    }

    /** Ends all processes at once, also those that stand still, and deletes temporary data. May be called again. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        orchestrators.forEach(ChaosPart::kill);
        workers.forEach(ChaosPart::kill);
        if (admin != null) {
            admin.close();
        }
        if (kafka != null) {
            kafka.close();
        }
        clientLinks.forEach(LoopbackProxy::close);
        if (keep == null) {
            try {
                TreeDeletion.delete(dataDir);
            } catch (IOException e) {
                throw new Failed("DATA_DIR", "can't delete " + dataDir + ": " + e.getMessage(), e);
            }
        }
    }
}
