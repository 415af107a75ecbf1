package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whether the random simulator is worth something: with any one rule of the protocol switched off it fails within a few seeds. The same seeds
 * hold with all rules on ({@link SimulationTest}).
 */
final class MutationCheckTest {
    /**
     * Seeds within which each mutant has to fail. Any change of the simulator shifts chance, so each bound is what a mutant that fails in as many
     * seeds as this one did survives once in a million times: ln(1e-6) / ln(1 - share), rounded up. Shares over 300 to 800 seeds stand beside.
     */
    private static final Map<RuleOff, Integer> WITHIN_SEEDS = new EnumMap<>(Map.ofEntries(
            Map.entry(RuleOff.R0_STALE_IS_FRESH, 600), // 2.7 %
            Map.entry(RuleOff.R1_ANY_INCARNATION, 20), // 66 %
            Map.entry(RuleOff.R2_ANY_VERSION, 200), // 9 %
            Map.entry(RuleOff.R3_HOLES_ARE_FINE, 5), // 100 %
            Map.entry(RuleOff.R4_LEASE_FOR_EVER, 600), // 3 %
            Map.entry(RuleOff.R4_OPENING_DOES_NOT_WAIT, 1_000), // 1.5 %
            Map.entry(RuleOff.R4_TAKEOVER_DOES_NOT_WAIT, 400), // 4 %
            Map.entry(RuleOff.R4_EVERY_FENCE_VOUCHES, 400), // 4 %
            Map.entry(RuleOff.R5_NO_REPAIR, 50), // 32 %
            Map.entry(RuleOff.R6_PROGRESS_RUNS_AHEAD, 60), // 26 %
            Map.entry(RuleOff.R6_ATTEMPTS_MIX, 600), // 2.7 %
            Map.entry(RuleOff.R7_JUDGES_SHARE_KEYS, 5), // 100 %
            Map.entry(RuleOff.R7_READER_KNOWS_NOTHING, 10), // 96 %
            Map.entry(RuleOff.R8_BOUNDS_MOVE, 20), // 65 %
            Map.entry(RuleOff.R9_ENDS_BEFORE_EVICTED, 10), // 85 %
            Map.entry(RuleOff.R10_READER_COUNTS_ALL, 100))); // 18 %

    @Test
    @Timeout(900)
    void withoutAnyOneRuleTheSimulatorFailsWithinAFewSeeds() {
        List<RuleOff> survived = Collections.synchronizedList(new ArrayList<>());
        WITHIN_SEEDS.entrySet().parallelStream().forEach(entry -> {
            String failure = firstFailure(entry.getKey(), entry.getValue());
            if (failure == null) {
                survived.add(entry.getKey());
            }
            System.out.println(entry.getKey() + ": " + (failure == null ? "nobody missed it" : failure));
        });
        assertThat(survived).as("rules nobody would miss").isEmpty();
    }

    /** Stops at the first seed that fails; null if none does. */
    private static String firstFailure(RuleOff off, int seeds) {
        LongFunction<?> run = Mutants.with(Set.of(off), LongFunction.class, SeedRun.class.getName());
        for (long seed = 1; seed <= seeds; seed++) {
            Object failure = run.apply(seed);
            if (failure != null) {
                return "seed " + seed + ", "
                        + failure.toString().lines().findFirst().orElse("");
            }
        }
        return null;
    }

    @Test
    void everyRuleHasAMutant() {
        Set<String> rules = new TreeSet<>();
        WITHIN_SEEDS.keySet().forEach(off -> rules.add(off.rule));
        assertThat(rules).containsExactlyInAnyOrder("R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10");
    }

    @Test
    void withAllRulesOnTheReloadedSimulatorHolds() {
        LongFunction<?> run = Mutants.with(Set.of(), LongFunction.class, SeedRun.class.getName());
        assertThat(run.apply(1)).isNull();
    }

    @Test
    void everyMutationFitsTheProduct() {
        Map<RuleOff, Object> made = new LinkedHashMap<>();
        for (RuleOff off : RuleOff.values()) {
            made.put(off, Mutants.with(Set.of(off), LongFunction.class, SeedRun.class.getName()));
        }
        assertThat(made).hasSize(RuleOff.values().length);
    }
}
