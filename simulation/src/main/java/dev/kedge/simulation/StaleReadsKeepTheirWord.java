package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Logged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a replica answers is a value that the key really had, no longer ago than was stated; and what one replica answers never goes back in
 * time. So a void value, a staged one of somebody else's copy, and a state that no owner was ever in are all caught.
 */
final class StaleReadsKeepTheirWord extends Invariant {
    /** Clocks of workers and brokers differ by this at most here ({@link SimClock}), and times are rounded. */
    private static final long CLOCKS_MILLIS = 35;

    private record Written(long nanos, @Nullable Bytes value) {}

    private final World world;
    private final Map<Bytes, List<Written>> histories = new HashMap<>();
    /** The place in the key's history of what a replica last answered. */
    private final Map<String, Integer> told = new HashMap<>();

    StaleReadsKeepTheirWord(World world) {
        this.world = world;
    }

    private List<Written> history(Bytes dataKey) {
        return histories.computeIfAbsent(dataKey, key -> new ArrayList<>(List.of(new Written(Long.MIN_VALUE, null))));
    }

    @Override
    void appended(LogTruth log, Logged logged, Judge.Verdict verdict) {
        if (verdict == Judge.Verdict.VALID && logged.record() instanceof ShardRecord.Change change) {
            byte[] value = change.value();
            history(logged.key())
                    .add(new Written(world.scheduler().nowNanos(), value == null ? null : Bytes.wrap(value)));
        }
    }

    @Override
    void staleAnswered(StaleReader.Asked asked, @Nullable Bytes value) {
        List<Written> history = history(asked.dataKey());
        long basis = asked.sentNanos() - (asked.maxStalenessMillis() + CLOCKS_MILLIS) * Scheduler.MILLI;
        int first = history.size() - 1;
        while (first > 0 && history.get(first).nanos() > basis) {
            first--;
        }
        String teller = asked.worker() + " " + asked.shard() + " " + asked.dataKey();
        for (int i = Math.max(first, told.getOrDefault(teller, 0)); i < history.size(); i++) {
            if (Objects.equals(history.get(i).value(), value)) {
                told.put(teller, i);
                if (i < history.size() - 1) {
                    world.count("stale reads that were stale");
                }
                return;
            }
        }
        throw violated(asked + " was answered " + value + "; of the key's history " + history + " it may be number "
                + first + " or later, and number " + told.get(teller) + " was told before");
    }
}
