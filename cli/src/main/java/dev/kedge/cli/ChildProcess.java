package dev.kedge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kedge.cli.CommandException.Failed;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A role of Kedge in a process of its own, which ends when this one does, however that happens: it reads its standard input, a pipe from
 * here, and goes when that ends. It says on standard output when it is ready.
 */
final class ChildProcess implements AutoCloseable {
    private static final int LOG_TAIL_LINES = 20;
    private static final long STOP_SECONDS = 15;

    /** Options of this JVM that a child's should share, above all those that make its start fast. */
    private static final List<String> INHERITED = List.of(
            "-XX:SharedArchiveFile",
            "-Xshare",
            "-Xlog:cds",
            "--enable-native-access",
            "--sun-misc-unsafe-memory-access",
            "-Dfile.encoding");

    private final String name;
    private final Process process;
    private final Path logFile;
    private final CompletableFuture<String> ready = new CompletableFuture<>();

    private ChildProcess(String name, Process process, Path logFile) {
        this.name = name;
        this.process = process;
        this.logFile = logFile;
    }

    /**
     * Does not wait until it is ready.
     *
     * @param jvmOptions for instance its heap
     * @param arguments a command of Kedge with its options
     * @param logFile gets what it writes to standard error
     */
    static ChildProcess start(String name, List<String> jvmOptions, List<String> arguments, Path logFile) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (INHERITED.stream().anyMatch(option::startsWith)) {
                command.add(option);
            }
        }
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Kedge.class.getName()));
        command.addAll(arguments);
        command.add(Role.WITH_PARENT);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                    .start();
            ChildProcess child = new ChildProcess(name, process, logFile);
            Thread.ofPlatform().name(name + "-output").daemon().start(child::readOutput);
            return child;
        } catch (IOException e) {
            throw new Failed("CHILD_NOT_STARTED", "can't start " + name + ": " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    Process process() {
        return process;
    }

    /**
     * Returns what it said when it was ready.
     *
     * @throws Failed if it ends before, or takes longer; says what stands at the end of its log
     */
    String awaitReady(Duration timeout) {
        try {
            return ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw notReady("was not ready within " + Durations.show(timeout.toMillis()));
        } catch (ExecutionException e) {
            throw notReady(String.valueOf(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notReady("was stopped because its start was interrupted");
        }
    }

    /** Whether it ever said that it was ready; waits until it does or ends. */
    boolean wasReady() {
        return ready.handle((said, failure) -> failure == null).join();
    }

    private void readOutput() {
        try (BufferedReader out = process.inputReader(UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                ready.complete(line);
            }
            ready.completeExceptionally(new IllegalStateException(
                    "ended with status " + process.onExit().join().exitValue()));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    private Failed notReady(String what) {
        return new Failed("CHILD_NOT_STARTED", name + " " + what + ". The end of " + logFile + ":\n" + logTail());
    }

    String logTail() {
        try {
            List<String> lines = Files.readAllLines(logFile, UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(can't be read: " + e.getMessage() + ")";
        }
    }

    /** Tells it to end, without waiting. */
    void askToStop() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroy(); // it can't be told through the pipe any more
        }
    }

    /** Ends it, by force if it does not go within 15 s. */
    @Override
    public void close() {
        askToStop();
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            kill();
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    /** kill -9, and waits until it is gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }
}
