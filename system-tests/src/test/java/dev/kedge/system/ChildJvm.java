package dev.kedge.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process with this one's class path. It ends when its standard input does, so it never outlives this JVM, and can be killed with -9.
 * Both sides of the pipe stand here.
 */
final class ChildJvm implements AutoCloseable {
    private static final String READY = "READY ";
    private static final long START_SECONDS = 90;
    private static final long STOP_SECONDS = 30;

    private final Class<?> main;
    private final Process process;
    private final Path log;
    private final CompletableFuture<String> ready = new CompletableFuture<>();

    private ChildJvm(Class<?> main, Process process, Path log) {
        this.main = main;
        this.process = process;
        this.log = log;
    }

    /** @param log gets what it writes to standard error; appended to */
    static ChildJvm start(Class<?> main, Path log, String... args) {
        return start(main, log, List.of(), args);
    }

    /** @param jvm options that override the usual ones */
    static ChildJvm start(Class<?> main, Path log, List<String> jvm, String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-Dsun.misc.unsafe.memory.access=allow",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.log.dev.kedge=info",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"));
        command.addAll(ChildClasses.jvmOptions(main));
        command.addAll(jvm);
        command.add(main.getName());
        command.addAll(Arrays.asList(args));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            ChildJvm child = new ChildJvm(main, process, log);
            Thread.ofPlatform().name("output-of-" + process.pid()).daemon().start(child::readOutput);
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In the child: tells the parent that it may go on. */
    static void ready(String what) {
        System.out.println(READY + what);
    }

    /** In the child: returns when the parent wants it to end, or is gone. */
    static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // whatever is written means nothing
        }
    }

    /** What it said when it was ready. */
    String awaitReady() {
        try {
            return ready.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("did not start: " + e.getMessage() + ". Its log:\n" + log(), e);
        }
    }

    /** Returns the name of one that is alive and ready. */
    static String awaitAny(Map<String, ChildJvm> children) {
        CompletableFuture<String> first = new CompletableFuture<>();
        children.forEach((name, child) -> {
            if (child.isAlive()) {
                var unused = child.ready.thenAccept(said -> first.complete(name));
            }
        });
        try {
            return first.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            StringBuilder logs = new StringBuilder();
            children.forEach((name, child) -> logs.append(name).append(":\n").append(child.log()));
            throw new AssertionError("none of " + children.keySet() + " is ready. Their logs:\n" + logs, e);
        }
    }

    private void readOutput() {
        try (BufferedReader out = process.inputReader(UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(READY)) {
                    ready.complete(line.substring(READY.length()));
                }
            }
            ready.completeExceptionally(new IllegalStateException("its output has ended"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** kill -9; returns when it is gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** SIGSTOP: it stands still until {@link #resume}. */
    void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new AssertionError("could not send SIG" + name + " to " + process.pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Lets it end in good order; returns its exit status. */
    int stop() {
        try {
            process.getOutputStream().close();
            return process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS).exitValue();
        } catch (TimeoutException e) {
            kill();
            throw new AssertionError("did not end within " + STOP_SECONDS + " s. Its log:\n" + log(), e);
        } catch (Exception e) {
            kill();
            throw new IllegalStateException(e);
        }
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first one of its kind ends in good order, so that the next ones start faster. */
    @Override
    public void close() {
        if (isAlive() && !ChildClasses.isArchived(main)) {
            stop();
        }
        kill();
    }
}
