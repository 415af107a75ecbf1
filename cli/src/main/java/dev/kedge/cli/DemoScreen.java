package dev.kedge.cli;

import java.util.Locale;

/** What the demo says while it runs: the results on standard output, or all of it on standard error when the result is to be JSON. */
final class DemoScreen {
    private static final long STATUS_NANOS = 100_000_000;

    private final OutputOptions output;
    private final boolean redraw;
    private final long startNanos = System.nanoTime();
    private boolean statusShown;
    private long statusNanos;

    DemoScreen(OutputOptions output) {
        this.output = output;
        this.redraw = Terminal.isError();
    }

    Palette palette() {
        return output.palette();
    }

    double seconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    synchronized void line(String text) {
        clearStatus();
        if (output.json()) {
            output.remark(text);
        } else {
            output.print(text);
        }
    }

    /** A step of the course of things, with its time. */
    void step(String text) {
        line(output.palette().dim(String.format(Locale.ROOT, "%6.1f s  ", seconds())) + text);
    }

    /** What happens now, replaced by what is said next; nothing where there is no terminal. */
    synchronized void status(String text) {
        if (!redraw || System.nanoTime() - statusNanos < STATUS_NANOS) {
            return;
        }
        statusNanos = System.nanoTime();
        statusShown = true;
        output.err().print("\r\u001b[K" + String.format(Locale.ROOT, "%6.1f s  ", seconds()) + text);
        output.err().flush();
    }

    private void clearStatus() {
        if (statusShown) {
            output.err().print("\r\u001b[K");
            output.err().flush();
            statusShown = false;
        }
    }
}
