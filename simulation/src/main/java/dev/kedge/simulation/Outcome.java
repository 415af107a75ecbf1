package dev.kedge.simulation;

import dev.kedge.model.Phase;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a simulation went.
 *
 * @param counts how often things happened: faults by their names, events by theirs, operations
 * @param phases phases any migration was in
 * @param failure null if every invariant held
 */
public record Outcome(
        long seed,
        long steps,
        long simulatedMillis,
        Map<String, Long> counts,
        Set<Phase> phases,
        @Nullable Failure failure) {

    /** @param trace the last lines, if the simulation was traced */
    public record Failure(String message, @Nullable Throwable cause, List<String> trace) {}

    /** Adds the counts of another run. */
    static void add(Map<String, Long> sums, Map<String, Long> counts) {
        counts.forEach((what, count) -> sums.merge(what, count, what.startsWith(World.MOST) ? Math::max : Long::sum));
    }

    public long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** What went wrong and how to see it again. */
    public String describe() {
        if (failure == null) {
            return "seed " + seed + " held: " + counts;
        }
        return "seed " + seed + " failed after " + steps + " steps, " + simulatedMillis + " simulated ms.\n"
                + failure.message() + "\nSee it again: kedge simulate --from " + seed + " --seeds 1 --trace";
    }
}
