package dev.kedge.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** {@code kedge simulate --seeds N --from S [--trace]}: runs seeds on all cores and says which did not hold. */
public final class SimulationMain {
    private static final String USAGE = "Use: --seeds N --from SEED [--trace]";
    private static final long PROGRESS_NANOS = 5_000_000_000L;

    private final long from;
    private final long seeds;
    private final boolean trace;
    private final Consumer<String> out;
    private final Map<String, Long> counts = new TreeMap<>();
    private final List<Long> failed = new ArrayList<>();
    private final long startedNanos = System.nanoTime();
    private long saidNanos = startedNanos;
    private long steps;
    private long done;

    private SimulationMain(long from, long seeds, boolean trace, Consumer<String> out) {
        this.from = from;
        this.seeds = seeds;
        this.trace = trace;
        this.out = out;
    }

    public static void main(String[] args) {
        long from = 1;
        long seeds = 100;
        boolean trace = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--from" -> from = number(args, ++i);
                case "--seeds" -> seeds = number(args, ++i);
                case "--trace" -> trace = true;
                default -> {
                    System.err.println("Unknown option " + args[i] + ". " + USAGE);
                    System.exit(2);
                }
            }
        }
        System.exit(run(from, seeds, trace, System.out::println) ? 0 : 1);
    }

    private static long number(String[] args, int at) {
        try {
            return Long.parseLong(args[at]);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            System.err.println(args[at - 1] + " needs a whole number. " + USAGE);
            System.exit(2);
            return 0;
        }
    }

    /**
     * Runs the seeds {@code from}, {@code from + 1}, ... on all cores, tells how far it is every few seconds, and each failure at once.
     *
     * @param trace print everything that happens, one seed after the other
     * @return whether all held
     */
    public static boolean run(long from, long seeds, boolean trace, Consumer<String> out) {
        return new SimulationMain(from, seeds, trace, out).run();
    }

    private boolean run() {
        LongStream all = LongStream.range(from, from + seeds);
        (trace ? all : all.parallel())
                .mapToObj(seed -> new Simulation(seed, SimSettings.DEFAULTS, trace ? Trace.to(out) : Trace.off()).run())
                .forEach(this::add);
        failed.sort(null);
        out.accept(seeds + " seeds from " + from + ", " + steps + " steps, " + elapsedMillis() + " ms: "
                + (failed.isEmpty() ? "all held" : failed.size() + " failed: " + failed));
        counts.forEach((what, count) -> out.accept(String.format("  %-32s %,d", what, count)));
        return failed.isEmpty();
    }

    private long elapsedMillis() {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    private synchronized void add(Outcome outcome) {
        done++;
        steps += outcome.steps();
        Outcome.add(counts, outcome.counts());
        if (outcome.failure() != null) {
            failed.add(outcome.seed());
            out.accept(outcome.describe());
        }
        long now = System.nanoTime();
        if (now - saidNanos > PROGRESS_NANOS && done < seeds) {
            saidNanos = now;
            out.accept(
                    done + " of " + seeds + " seeds, " + failed.size() + " failed, " + elapsedMillis() / 1_000 + " s");
        }
    }
}
