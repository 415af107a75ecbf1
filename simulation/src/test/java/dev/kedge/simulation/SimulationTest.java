package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Phase;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulator's seeds of every build, and that they are worth something. */
final class SimulationTest {
    private static final long FIRST_SEED = Long.getLong("kedge.simulation.from", 1);
    private static final int SEEDS = Integer.getInteger("kedge.simulation.seeds", 2_000);

    @Test
    @Timeout(1_000)
    void everyInvariantHoldsUnderFaults() {
        List<Outcome> outcomes = LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS)
                .parallel()
                .mapToObj(seed -> new Simulation(seed, SimSettings.DEFAULTS).run())
                .toList();

        List<String> failures = new ArrayList<>();
        Map<String, Long> counts = new TreeMap<>();
        Set<Phase> phases = EnumSet.noneOf(Phase.class);
        for (Outcome outcome : outcomes) {
            if (outcome.failure() != null) {
                failures.add(outcome.describe());
            }
            Outcome.add(counts, outcome.counts());
            phases.addAll(outcome.phases());
        }
        assertThat(failures).isEmpty();
        if (SEEDS >= 100) {
            notVacuous(counts, phases);
        }
    }

    /** What no seed has met was not tested. */
    private static void notVacuous(Map<String, Long> counts, Set<Phase> phases) {
        assertThat(phases).as("phases reached").containsExactlyInAnyOrder(Phase.values());
        for (Fault fault : Fault.values()) {
            assertThat(counts.getOrDefault(fault.name(), 0L))
                    .as("times of " + fault)
                    .isGreaterThanOrEqualTo(10);
        }
        atLeast(counts, Map.of("WorkerLost", 200, "failovers", 200, "WorkerDrained", 20, "workers that stay dead", 10));
        atLeast(
                counts,
                Map.of(
                        "most migrations at once",
                        4,
                        "RollbackStarted",
                        100,
                        "repairs",
                        200,
                        "VerificationSkipped",
                        20));
        for (Phase phase : Phase.values()) {
            if (!phase.isTerminal()) {
                assertThat(counts.getOrDefault("ended from " + phase, 0L))
                        .as("I9 seen from " + phase)
                        .isPositive();
            }
        }
        atLeast(
                counts,
                Map.of(
                        "MigrationCompleted", 200,
                        "MigrationRolledBack", 100,
                        "MigrationAborted", 20,
                        "DualWriteLost", 10,
                        "MigrationPaused", 50,
                        "TabletSplit", 100,
                        "TabletsMerged", 20,
                        "takeover fences", 50,
                        "indeterminate answers", 500,
                        "operations", 100_000));
        atLeast(
                counts,
                Map.of(
                        "ReadReplicaReady", 150,
                        "ReadReplicaRemoved", 150,
                        "stale reads at a read replica", 5_000,
                        "stale reads at a window's former owner", 1_000,
                        "stale reads refused", 1_000,
                        "stale reads that were stale", 100));
    }

    private static void atLeast(Map<String, Long> counts, Map<String, Integer> least) {
        least.forEach((what, times) ->
                assertThat(counts.getOrDefault(what, 0L)).as(what).isGreaterThanOrEqualTo(times));
    }

    @Test
    void aSeedReplaysExactly() {
        Simulation first = new Simulation(42, SimSettings.DEFAULTS);
        Simulation again = new Simulation(42, SimSettings.DEFAULTS, Trace.last(10));
        Simulation other = new Simulation(43, SimSettings.DEFAULTS);
        assertThat(again.run().steps()).isEqualTo(first.run().steps());
        assertThat(again.fingerprint()).isEqualTo(first.fingerprint());
        other.run();
        assertThat(other.fingerprint()).isNotEqualTo(first.fingerprint());
    }

    @Test
    void withoutFaultsNothingIsIndeterminateAndNothingIsAborted() {
        Outcome outcome = new Simulation(7, SimSettings.DEFAULTS.calm()).run();
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.count("indeterminate answers")).isZero();
        assertThat(outcome.count("operations given up")).isZero();
        assertThat(outcome.count("takeover fences")).isZero();
        assertThat(outcome.count("MigrationCompleted")).isPositive();
    }

    @Test
    void aFailureNamesItsSeedAndHowToSeeItAgain() {
        SimSettings hopeless = SimSettings.DEFAULTS.settlingWithin(-1_000_000);
        Outcome outcome = new Simulation(5, hopeless, Trace.last(20)).run();
        assertThat(outcome.failure()).isNotNull();
        assertThat(outcome.describe())
                .contains("seed 5 failed")
                .contains("I9")
                .contains("kedge simulate --from 5 --seeds 1 --trace");
        assertThat(outcome.failure().trace()).hasSize(20);
    }

    @Test
    void theCommandReportsSeedsAndCounts() {
        List<String> out = new ArrayList<>();
        assertThat(SimulationMain.run(3, 2, false, out::add)).isTrue();
        assertThat(out.get(0)).contains("2 seeds from 3").contains("all held");
        assertThat(out).anyMatch(line -> line.contains("MigrationCompleted"));
    }
}
