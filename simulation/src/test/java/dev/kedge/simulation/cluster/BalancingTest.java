package dev.kedge.simulation.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.simulation.cluster.Result.Stretch;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The real policies on small cells, with every load: {@code kedge simulate cluster} does the same at full size. */
final class BalancingTest {
    private static final ClusterSize SIZE = new ClusterSize(30, 600, 30);
    private static final long SEED = 1;

    /** The default policy's tolerance less its hysteresis, and what the noise of reports may add. */
    private static final double STOP = 0.16 + 0.01;

    @ParameterizedTest
    @EnumSource(Scenario.class)
    void neverGoesRoundInCirclesNorBreaksALimit(Scenario scenario) {
        Result result = run(scenario);
        assertThat(result.oscillations()).isEmpty();
        assertThat(result.violations()).isEmpty();
        assertThat(result.failed()).isZero();
        switch (scenario) {
            case UNIFORM -> {
                assertThat(result.moves() + result.splits() + result.merges()).isZero();
                assertThat(result.shareWithinTolerance()).isEqualTo(1);
            }
            case HOTSPOT -> {
                // A hot tablet is a fifth of a shard's part here: whole tablets come no nearer.
                assertThat(result.lastImbalance()).isLessThan(0.3);
                assertThat(result.minutesAtRest()).isGreaterThanOrEqualTo(20);
            }
            case ZIPF, GROW -> {
                assertThat(result.stretches()).allMatch(Stretch::isBalanced);
                assertThat(result.minutesToBalance()).isLessThanOrEqualTo(120);
                assertThat(result.lastImbalance()).as("what begins goes on").isLessThanOrEqualTo(STOP);
                assertThat(result.minutesAtRest()).isGreaterThanOrEqualTo(20);
            }
            case DRAIN -> {
                assertThat(result.stretches()).as("nothing is left there").allMatch(Stretch::isBalanced);
                assertThat(result.lastImbalance()).isLessThanOrEqualTo(STOP);
                assertThat(result.movedBytes()).isLessThan(1.1 * Objects.requireNonNull(result.leastBytes()));
                assertThat(result.minutesAtRest()).isGreaterThanOrEqualTo(20);
            }
            case FLASH -> {
                assertThat(result.splits()).isGreaterThan(0);
                assertThat(result.merges()).as("what was cut is joined again").isGreaterThan(0);
                assertThat(last(result).isBalanced()).isTrue();
            }
            case HOT_KEY -> {
                assertThat(result.splits()).as("no cut spreads one key").isZero();
                assertThat(result.refusals())
                        .anySatisfy((reason, times) -> assertThat(reason).contains("HOT_KEY"));
                assertThat(result.minutesAtRest()).isGreaterThanOrEqualTo(20);
            }
            case DIURNAL, SEQUENTIAL ->
                assertThat(result.shareWithinTolerance()).isGreaterThan(0.5);
        }
    }

    /** The loads that cut, move on and join again what was cut. */
    @ParameterizedTest
    @CsvSource({"FLASH,2", "FLASH,3", "SEQUENTIAL,2", "SEQUENTIAL,3"})
    void neverGoesRoundInCirclesWithOtherNoise(Scenario scenario, long seed) {
        Result result = run(scenario, seed);
        assertThat(result.splits()).isGreaterThan(0);
        assertThat(result.merges()).isGreaterThan(0);
        assertThat(result.oscillations()).isEmpty();
        assertThat(result.violations()).isEmpty();
    }

    /** Hundreds of moves wait for each other: that is said once for a need. */
    @Test
    void saysAReasonOnceForANeed() {
        Result result = run(Scenario.DIURNAL);
        assertThat(result.moves()).isGreaterThan(100);
        assertThat(refusals(result)).isLessThan(20);
    }

    private static int refusals(Result result) {
        return result.refusals().values().stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void movesLittleMoreThanMustBeMoved() {
        Result result = run(Scenario.GROW);
        assertThat(result.leastBytes()).isNotNull();
        assertThat(result.movedBytes()).isLessThan(1.5 * result.leastBytes());
    }

    @Test
    void doesTheSameAgain() {
        Result once = run(Scenario.HOT_KEY);
        assertThat(run(Scenario.HOT_KEY)).isEqualTo(once);
    }

    /** A sum of what is above it, and what is below it, by hand. */
    @Test
    void knowsTheLeastThatHasToBeMoved() {
        Demand demand = Demand.even(SIZE);
        Fleet fleet = new Fleet();
        Fleet.Host full = new Fleet.Host(0, "a", "w1", 1);
        Fleet.Host empty = new Fleet.Host(1, "b", "w2", 1);
        fleet.add(full);
        fleet.add(empty);
        double from = 0;
        for (int i = 1; i <= 10; i++) {
            full.add(new Fleet.Tablet(0, Places.bytes(from), from, i / 10.0, full));
            from = i / 10.0;
        }
        double all = SIZE.bytes() / SIZE.keyspaces();
        assertThat(new Truth(fleet, demand).imbalance()).isEqualTo(1);
        assertThat(new Truth(fleet, demand).leastBytesToMove(0) / all).isCloseTo(0.5, offset());
        assertThat(new Truth(fleet, demand).leastBytesToMove(0.2) / all).isCloseTo(0.4, offset());
    }

    private static org.assertj.core.data.Offset<Double> offset() {
        return org.assertj.core.data.Offset.offset(1e-6);
    }

    @Test
    void seesWhatIsUndoneWithoutNeed() {
        Oscillations oscillations = new Oscillations(3_600_000, 3_600_000);
        Fleet.Host host = new Fleet.Host(0, "a", "w", 1);
        Fleet.Tablet whole = new Fleet.Tablet(0, Places.bytes(0.25), 0.25, 0.5, host);
        Fleet.Tablet right = new Fleet.Tablet(0, Places.bytes(0.375), 0.375, 0.5, host);
        oscillations.moved(whole, "a", "b", 1_000);
        oscillations.moved(whole, "b", "c", 2_000);
        assertThat(oscillations.found()).isEmpty();
        oscillations.moved(right, "c", "a", 3_000);
        assertThat(oscillations.found()).hasSize(1);
        oscillations.split(whole, right.start, 4_000);
        oscillations.merged(whole, right, 5_000);
        assertThat(oscillations.found()).hasSize(2);
        oscillations.split(whole, right.start, 6_000);
        assertThat(oscillations.found()).hasSize(3);
        oscillations.loadChanged(7_000);
        oscillations.moved(whole, "c", "b", 8_000);
        oscillations.merged(whole, right, 9_000);
        assertThat(oscillations.found()).as("another load, another layout").hasSize(3);
    }

    @Test
    void drawsAndTabulates() {
        List<Result> results = List.of(run(Scenario.UNIFORM));
        assertThat(BalanceTable.markdown(results)).contains("| uniform | 30 x 600 |");
        assertThat(BalanceTable.json(results)).contains("\"scenario\":\"uniform\"");
        assertThat(BalancePlot.of(results))
                .startsWith("<svg")
                .contains("<polyline")
                .endsWith("</svg>\n");
    }

    private static Stretch last(Result result) {
        return result.stretches().get(result.stretches().size() - 1);
    }

    private static Result run(Scenario scenario) {
        return run(scenario, SEED);
    }

    private static Result run(Scenario scenario, long seed) {
        return new ClusterSimulation(SIZE, scenario, scenario.minutes(), seed, () -> 0).run(line -> {});
    }
}
