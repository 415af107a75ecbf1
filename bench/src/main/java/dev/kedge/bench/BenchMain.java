package dev.kedge.bench;

import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/** Runs the micro benchmarks; takes JMH's own options. {@code bench/run} builds and starts it. */
public final class BenchMain {
    private BenchMain() {}

    public static void main(String[] args) throws CommandLineOptionException, RunnerException {
        new Runner(new CommandLineOptions(args)).run();
    }
}
