package dev.kedge.simulation;

import java.util.function.LongFunction;

/** Runs one seed of the random simulator; says what failed, or null. Made by {@link Mutants}, so it speaks in types of the JDK. */
final class SeedRun implements LongFunction<String> {
    @Override
    public String apply(long seed) {
        Outcome outcome = new Simulation(seed, SimSettings.DEFAULTS).run();
        Outcome.Failure failure = outcome.failure();
        return failure == null ? null : failure.message();
    }
}
