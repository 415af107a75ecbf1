package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the processes of a cell that are done harm to: it is killed and started again, made to stand still, and woken. */
final class ChaosPart {
    private final String name;
    private final List<String> jvmOptions;
    private final List<String> arguments;
    private final Path logFile;
    private @Nullable ChildProcess process;

    ChaosPart(String name, List<String> jvmOptions, List<String> arguments, Path logFile) {
        this.name = name;
        this.jvmOptions = List.copyOf(jvmOptions);
        this.arguments = List.copyOf(arguments);
        this.logFile = logFile;
    }

    String name() {
        return name;
    }

    /** Starts it (again); does not wait until it is ready. */
    synchronized void start() {
        process = ChildProcess.start(name, jvmOptions, arguments, logFile);
    }

    void awaitReady(Duration timeout) {
        current().awaitReady(timeout);
    }

    long pid() {
        return current().pid();
    }

    boolean isAlive() {
        return current().process().isAlive();
    }

    /** Whether it was ready before it ended; to be asked when it has. */
    boolean wasReady() {
        return current().wasReady();
    }

    /** How it ended by itself, with the end of its log. */
    String describeEnd() {
        ChildProcess ended = current();
        return name + " ended by itself with status " + ended.process().exitValue() + "; the end of its log:\n"
                + ended.logTail();
    }

    void kill() {
        current().kill();
    }

    /** Ends it in good order. */
    void stop() {
        current().close();
    }

    void suspend() {
        signal(pid(), "STOP");
    }

    void wake() {
        signal(pid(), "CONT");
    }

    /** Java knows no signal but those that end a process. */
    static void signal(long pid, String signal) {
        try {
            int status = new ProcessBuilder("kill", "-" + signal, String.valueOf(pid))
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new Failed("NO_SIGNAL", "kill -" + signal + " " + pid + " ended with status " + status);
            }
        } catch (IOException e) {
            throw new Failed("NO_SIGNAL", "can't send signals: the command kill is needed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("INTERRUPTED", "interrupted", e);
        }
    }

    private synchronized ChildProcess current() {
        if (process == null) {
            throw new IllegalStateException(name + " was never started");
        }
        return process;
    }
}
