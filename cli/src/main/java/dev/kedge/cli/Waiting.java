package dev.kedge.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Says on standard error what is being waited for, once that takes over two seconds: on a terminal a line that is kept up to date, else a
 * line every ten seconds. Closed when the wait is over.
 */
final class Waiting implements AutoCloseable {
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final Duration ON_TERMINAL = Duration.ofMillis(500);
    private static final Duration ELSEWHERE = Duration.ofSeconds(10);

    private final PrintWriter err;
    private final boolean terminal;
    private final long startNanos = System.nanoTime();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;
    private volatile String what;

    Waiting(PrintWriter err, boolean terminal, String what) {
        this.err = err;
        this.terminal = terminal;
        this.what = what;
        thread = Thread.ofPlatform().name("waiting").daemon().start(this::run);
    }

    /** What is being waited for from now on. */
    void now(String next) {
        what = next;
    }

    private void run() {
        try {
            if (over.await(QUIET.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            Duration pause = terminal ? ON_TERMINAL : ELSEWHERE;
            do {
                say();
            } while (!over.await(pause.toMillis(), TimeUnit.MILLISECONDS));
            if (terminal) {
                err.print("\r\u001b[K");
                err.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the process ends
        }
    }

    private void say() {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
        String text = "kedge: " + what + " (" + seconds + " s)";
        if (terminal) {
            err.print("\r\u001b[K" + text);
        } else {
            err.println(text);
        }
        err.flush();
    }

    @Override
    public void close() {
        over.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
