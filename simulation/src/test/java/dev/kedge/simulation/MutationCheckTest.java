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
    /** Seeds within which each mutant has to fail: some times more than it took when this was written, since any change shifts chance. */
    private static final Map<RuleOff, Integer> WITHIN_SEEDS = new EnumMap<>(Map.ofEntries(
            Map.entry(RuleOff.R0_STALE_IS_FRESH, 150),
            Map.entry(RuleOff.R1_ANY_INCARNATION, 30),
            Map.entry(RuleOff.R2_ANY_VERSION, 60),
            Map.entry(RuleOff.R3_HOLES_ARE_FINE, 5),
            Map.entry(RuleOff.R4_LEASE_FOR_EVER, 80),
            Map.entry(RuleOff.R4_TAKEOVER_DOES_NOT_WAIT, 60),
            Map.entry(RuleOff.R5_NO_REPAIR, 20),
            Map.entry(RuleOff.R6_PROGRESS_RUNS_AHEAD, 40),
            Map.entry(RuleOff.R7_JUDGES_SHARE_KEYS, 5),
            Map.entry(RuleOff.R8_BOUNDS_MOVE, 10),
            Map.entry(RuleOff.R9_ENDS_BEFORE_EVICTED, 5),
            Map.entry(RuleOff.R10_READER_COUNTS_ALL, 40)));

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
