package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Option;

/** What commands that stay up have in common: they say when they are ready, and stop in good order on a signal or with their parent. */
final class Role {
    static final String WITH_PARENT = "--with-parent";

    @Option(names = WITH_PARENT, hidden = true, description = "End when standard input does.")
    boolean withParent;

    /**
     * Begins to watch for the parent's end. To be called before anything is started, so that a parent that dies early is noticed.
     */
    void begin() {
        Logging.verbose();
        if (withParent) {
            Thread.ofPlatform().name("parent-watch").daemon().start(Role::endWithParent);
        }
    }

    /**
     * Stays until {@code stopped} completes or the process is told to end; closes {@code component} in any case.
     *
     * @throws Failed if it stopped by itself because something went wrong
     */
    void stay(OutputOptions output, String ready, AutoCloseable component, CompletableFuture<?> stopped) {
        Thread closing = new Thread(() -> close(component), "closing");
        Runtime.getRuntime().addShutdownHook(closing);
        output.print(ready);
        try {
            stopped.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new Failed("STOPPED", "stopped by an error: " + cause.getMessage(), cause);
        }
    }

    private static void close(AutoCloseable component) {
        try {
            component.close();
        } catch (Exception e) {
            // The process ends in any case; what was not closed in good order is recovered at the next start.
            System.err.println("kedge: could not stop in good order: " + e);
        }
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // whatever is written means nothing: only the end counts
            }
        } catch (IOException e) {
            System.err.println("kedge: lost the pipe to the parent: " + e);
        }
        System.exit(0);
    }
}
