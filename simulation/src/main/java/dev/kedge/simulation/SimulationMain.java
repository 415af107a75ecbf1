package dev.kedge.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** {@code kedge simulate --seeds N --from S [--trace]}: runs seeds one after the other and says which did not hold. */
public final class SimulationMain {
    private SimulationMain() {}

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
                    System.err.println("Unknown option " + args[i] + ". Use: --seeds N --from SEED [--trace]");
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
            System.err.println(args[at - 1] + " needs a whole number. Use: --seeds N --from SEED [--trace]");
            System.exit(2);
            return 0;
        }
    }

    /**
     * Runs the seeds {@code from}, {@code from + 1}, ... and reports.
     *
     * @param trace print everything that happens
     * @return whether all held
     */
    public static boolean run(long from, long seeds, boolean trace, Consumer<String> out) {
        Map<String, Long> counts = new TreeMap<>();
        List<Long> failed = new ArrayList<>();
        long startedNanos = System.nanoTime();
        long steps = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            Outcome outcome = new Simulation(seed, SimSettings.DEFAULTS, trace ? Trace.to(out) : Trace.off()).run();
            steps += outcome.steps();
            outcome.counts().forEach((what, count) -> counts.merge(what, count, Long::sum));
            if (outcome.failure() != null) {
                failed.add(seed);
                out.accept(outcome.describe());
            }
        }
        out.accept(seeds + " seeds from " + from + ", " + steps + " steps, "
                + (System.nanoTime() - startedNanos) / 1_000_000 + " ms: "
                + (failed.isEmpty() ? "all held" : failed.size() + " failed: " + failed));
        counts.forEach((what, count) -> out.accept(String.format("  %-32s %,d", what, count)));
        return failed.isEmpty();
    }
}
