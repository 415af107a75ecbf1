package dev.kedge.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What happened, for people. Costs nothing while nobody listens. */
public final class Trace {
    private final @Nullable Consumer<String> out;
    private final int keep;
    private final Deque<String> last = new ArrayDeque<>();
    private @Nullable Scheduler scheduler;

    private Trace(@Nullable Consumer<String> out, int keep) {
        this.out = out;
        this.keep = keep;
    }

    public static Trace off() {
        return new Trace(null, 0);
    }

    /** Keeps the last lines. */
    public static Trace last(int lines) {
        return new Trace(null, lines);
    }

    /** Hands every line on. */
    public static Trace to(Consumer<String> out) {
        return new Trace(out, 0);
    }

    public List<String> lines() {
        return List.copyOf(last);
    }

    void clock(Scheduler source) {
        scheduler = source;
    }

    void say(Supplier<String> what) {
        if (out == null && keep == 0) {
            return;
        }
        String time = scheduler == null ? "" : String.format("%,12.3f ms  ", (scheduler.nowNanos() / 1e6));
        String line = time + what.get();
        if (out != null) {
            out.accept(line);
        }
        if (keep > 0) {
            last.add(line);
            if (last.size() > keep) {
                last.removeFirst();
            }
        }
    }
}
