package dev.kedge.simulation.cluster;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What came of one scenario.
 *
 * @param stretches between changes of the load
 * @param samples the cell's imbalance, once a minute
 * @param moves cutovers
 * @param movedBytes bytes of the tablets that were cut over
 * @param leastBytes lower bound of the bytes that had to be moved, summed over the changes of the load; null where it changes all the time
 * @param oscillations what was done and undone without need
 * @param violations of limits, and of one owner for each position
 * @param refusals how often a need was left alone, by policy and code
 * @param failed proposals that ended otherwise than done or expired
 * @param mostMigrations at once in the cell
 * @param evaluations how often the policies were evaluated
 * @param evaluationNanos in all; 0 without a stopwatch
 * @param worstEvaluationNanos of one
 */
public record Result(
        Scenario scenario,
        ClusterSize size,
        long seed,
        double tolerance,
        List<Stretch> stretches,
        List<Sample> samples,
        int moves,
        int splits,
        int merges,
        double movedBytes,
        @Nullable Double leastBytes,
        List<String> oscillations,
        List<String> violations,
        Map<String, Integer> refusals,
        int failed,
        int mostMigrations,
        int evaluations,
        long evaluationNanos,
        long worstEvaluationNanos) {
    public Result {
        stretches = List.copyOf(stretches);
        samples = List.copyOf(samples);
        oscillations = List.copyOf(oscillations);
        violations = List.copyOf(violations);
        refusals = Collections.unmodifiableMap(new TreeMap<>(refusals));
    }

    /** The imbalance of the worst shard, by load or by bytes. */
    public record Sample(int minute, double imbalance) {}

    /**
     * From one change of the load to the next.
     *
     * @param balancedMinute from when on the cell stayed within the tolerance to the stretch's end; -1 = it did not
     * @param lastActionMinute when something was last moved, split or merged; -1 = never
     * @param leastBytes to move as of its beginning
     */
    public record Stretch(int fromMinute, int toMinute, int balancedMinute, int lastActionMinute, double leastBytes) {
        boolean isBalanced() {
            return balancedMinute >= 0;
        }

        /** Minutes without any action up to the end. */
        int rest() {
            return toMinute - Math.max(fromMinute, lastActionMinute);
        }
    }

    /** How long it went on. */
    public int minutes() {
        return samples.isEmpty() ? 0 : samples.get(samples.size() - 1).minute;
    }

    /** The longest time any change took to be evened out; -1 = one was not. */
    public int minutesToBalance() {
        int longest = 0;
        for (Stretch stretch : stretches) {
            if (!stretch.isBalanced()) {
                return -1;
            }
            longest = Math.max(longest, stretch.balancedMinute - stretch.fromMinute);
        }
        return longest;
    }

    /** Share of the samples within the tolerance. */
    public double shareWithinTolerance() {
        long within = samples.stream().filter(s -> s.imbalance <= tolerance).count();
        return samples.isEmpty() ? 1 : within / (double) samples.size();
    }

    /** The shortest rest at the end of a stretch. */
    public int minutesAtRest() {
        return stretches.stream().mapToInt(Stretch::rest).min().orElse(0);
    }

    public double worstImbalance() {
        return samples.stream().mapToDouble(Sample::imbalance).max().orElse(0);
    }

    public double lastImbalance() {
        return samples.isEmpty() ? 0 : samples.get(samples.size() - 1).imbalance();
    }
}
