package dev.kedge.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of {@link KafkaNodeMain} in a JVM of its own. */
final class BrokerProcess {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);
    private static final int LOG_TAIL_LINES = 40;

    private final Process process;
    private final NodeSettings settings;
    private final Path logFile;
    private final Duration startTimeout;
    private final CompletableFuture<Boolean> ready;

    private BrokerProcess(Process process, NodeSettings settings, Path logFile, Duration startTimeout) {
        this.process = process;
        this.settings = settings;
        this.logFile = logFile;
        this.startTimeout = startTimeout;
        this.ready = readyLine(process, settings.id());
    }

    static BrokerProcess launch(NodeSettings settings, KafkaNode.Options options, Path logFile) {
        try {
            Files.createDirectories(settings.dataDir());
            Path config = settings.dataDir().resolve("server.properties");
            try (Writer out = Files.newBufferedWriter(config)) {
                settings.toProperties().store(out, "Written at every start of the node");
            }
            Process process = new ProcessBuilder(command(config, settings, options))
                    .redirectError(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                    .start();
            return new BrokerProcess(process, settings, logFile, options.startTimeout());
        } catch (IOException e) {
            throw new KafkaStartException("cannot start Kafka in " + settings.dataDir() + ": " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    CompletableFuture<Process> onExit() {
        return process.onExit();
    }

    /** Returns when the node serves requests; kills it when it does not within the start timeout. */
    void awaitReady() {
        try {
            if (ready.get(startTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            process.onExit().join();
            throw notStarted("ended with status " + process.exitValue() + " before it served requests");
        } catch (TimeoutException e) {
            kill();
            throw notStarted("did not serve requests within " + startTimeout.toSeconds() + " s and was killed");
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
            throw notStarted("was killed because the start was interrupted");
        } catch (ExecutionException e) {
            kill();
            throw new KafkaStartException("cannot read from the Kafka node in " + settings.dataDir(), e);
        }
    }

    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Tells the child to end, without waiting for it. */
    void askToStop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It cannot be told any more, so it is made to.
            process.destroyForcibly();
        }
    }

    void stop() {
        askToStop();
        try {
            process.onExit().get(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            kill();
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot wait for the Kafka node with pid " + pid(), e);
        }
    }

    static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("kedge-kafka-");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a temporary directory for Kafka", e);
        }
    }

    static void deleteTree(Path root) {
        try {
            TreeDeletion.delete(root);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + root, e);
        }
    }

    private static List<String> command(Path config, NodeSettings settings, KafkaNode.Options options)
            throws IOException {
        BrokerLibraries libraries = BrokerLibraries.prepare(settings.dataDir());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + options.heap());
        command.add("-XX:+ExitOnOutOfMemoryError");
        // The JVM's own warnings go to the log as well: standard output is the pipe to us.
        command.add("-Xlog:disable");
        // A class archive that doesn't fit is replaced, which is no error.
        command.add("-Xlog:all=error,cds=off:stderr");
        command.addAll(BrokerLibraries.jvmOptions());
        libraries.classArchive().ifPresent(archive -> {
            command.add("-XX:+AutoCreateSharedArchive");
            command.add("-XX:SharedArchiveFile=" + archive);
        });
        command.addAll(options.jvmOptions());
        command.add("-Dfile.encoding=UTF-8");
        command.add("-Djava.awt.headless=true");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-Dorg.slf4j.simpleLogger.showDateTime=true");
        command.add("-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
        if (options.temporary()) {
            command.add("-D" + KafkaNodeMain.DELETE_ON_EXIT + "=" + settings.dataDir());
        }
        command.add("-cp");
        command.add(libraries.classPath());
        command.add(KafkaNodeMain.class.getName());
        command.add(config.toString());
        command.add(options.clusterId());
        return command;
    }

    /** True when the child says it is ready, false when its output ends before. */
    private static CompletableFuture<Boolean> readyLine(Process process, int nodeId) {
        CompletableFuture<Boolean> ready = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader out = process.inputReader(UTF_8)) {
                        for (String line = out.readLine(); line != null; line = out.readLine()) {
                            if (line.equals(KafkaNodeMain.READY)) {
                                ready.complete(true);
                            }
                        }
                        ready.complete(false);
                    } catch (IOException e) {
                        ready.completeExceptionally(e);
                    }
                },
                "kafka-node-" + nodeId + "-output");
        reader.setDaemon(true);
        reader.start();
        return ready;
    }

    private KafkaStartException notStarted(String what) {
        return new KafkaStartException(
                "the Kafka node in " + settings.dataDir() + " " + what + ". The end of " + logFile + ":\n" + logTail());
    }

    private String logTail() {
        try {
            List<String> lines = Files.readAllLines(logFile, UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(cannot be read: " + e.getMessage() + ")";
        }
    }
}
