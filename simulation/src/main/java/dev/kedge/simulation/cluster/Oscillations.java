package dev.kedge.simulation.cluster;

import dev.kedge.model.Bytes;
import dev.kedge.simulation.cluster.Fleet.Tablet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what was done and undone without need: a range back on a shard that some of it left, a bound joined that was cut, a range cut that was
 * joined, without a change of the load in between, and within a window where the load changes all the time.
 */
final class Oscillations {
    private final long moveMillis;
    private final long cutMillis;
    private final Map<String, Deque<Past>> left = new HashMap<>();
    private final Map<Integer, Deque<Past>> cuts = new HashMap<>();
    private final Map<Integer, Deque<Past>> joints = new HashMap<>();
    private final List<String> found = new ArrayList<>();
    private long changedMillis;

    /** What happened to {@code [from, to)}; for a cut both are the bound. */
    private record Past(int keyspace, double from, double to, long atMillis) {
        boolean overlaps(Tablet tablet) {
            return keyspace == tablet.keyspace && from < tablet.to && tablet.from < to;
        }
    }

    /**
     * @param moveMillis how long after it was left a range that is back is counted
     * @param cutMillis how long after a cut a joint is counted, and the other way round
     */
    Oscillations(long moveMillis, long cutMillis) {
        this.moveMillis = moveMillis;
        this.cutMillis = cutMillis;
    }

    List<String> found() {
        return found;
    }

    /** What is done before then is done for another load: it takes until then that all of the new one is reported. */
    void loadChanged(long knownMillis) {
        changedMillis = knownMillis;
    }

    void moved(Tablet tablet, String from, String to, long nowMillis) {
        for (Past past : recent(left.getOrDefault(to, new ArrayDeque<>()), nowMillis - moveMillis)) {
            if (past.overlaps(tablet)) {
                say(tablet, "is back on " + to + " after " + seconds(past, nowMillis), nowMillis);
                break;
            }
        }
        left.computeIfAbsent(from, s -> new ArrayDeque<>())
                .add(new Past(tablet.keyspace, tablet.from, tablet.to, nowMillis));
    }

    void split(Tablet whole, Bytes at, long nowMillis) {
        double place = Places.of(at);
        for (Past past : recent(joints.getOrDefault(whole.keyspace, new ArrayDeque<>()), nowMillis - cutMillis)) {
            if (past.from < place && place < past.to) {
                say(whole, "is cut again after " + seconds(past, nowMillis), nowMillis);
                break;
            }
        }
        cuts.computeIfAbsent(whole.keyspace, k -> new ArrayDeque<>())
                .add(new Past(whole.keyspace, place, place, nowMillis));
    }

    void merged(Tablet left, Tablet right, long nowMillis) {
        for (Past past : recent(cuts.getOrDefault(left.keyspace, new ArrayDeque<>()), nowMillis - cutMillis)) {
            if (past.from == right.from) {
                say(right, "is joined again after " + seconds(past, nowMillis), nowMillis);
                break;
            }
        }
        joints.computeIfAbsent(left.keyspace, k -> new ArrayDeque<>())
                .add(new Past(left.keyspace, left.from, right.to, nowMillis));
    }

    private Deque<Past> recent(Deque<Past> all, long fromMillis) {
        while (!all.isEmpty() && (all.getFirst().atMillis < changedMillis || all.getFirst().atMillis < fromMillis)) {
            all.removeFirst();
        }
        return all;
    }

    private static String seconds(Past past, long nowMillis) {
        return (nowMillis - past.atMillis) / 1000 + " s";
    }

    private void say(Tablet tablet, String what, long nowMillis) {
        found.add(String.format(
                java.util.Locale.ROOT,
                "at %d s [%.6f, %.6f) of keyspace %d %s",
                nowMillis / 1000,
                tablet.from,
                tablet.to,
                tablet.keyspace,
                what));
    }
}
