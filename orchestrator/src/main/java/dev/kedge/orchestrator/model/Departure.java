package dev.kedge.orchestrator.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * That a range, or some of it, was on a shard and left it.
 *
 * @param shard the former owner
 * @param atMillis when it last left
 */
public record Departure(String shard, long atMillis) {
    /** So many former owners of a tablet are remembered, the latest: it rests after each change, so that is hours of moves. */
    static final int REMEMBERED = 8;

    private static final Comparator<Departure> LATEST_FIRST =
            Comparator.comparingLong(Departure::atMillis).reversed().thenComparing(Departure::shard);

    /** Both, the latest of each shard, the latest first. */
    static List<Departure> union(List<Departure> a, List<Departure> b) {
        if (b.isEmpty()) {
            return a;
        }
        Map<String, Departure> byShard = new LinkedHashMap<>();
        for (List<Departure> some : List.of(a, b)) {
            some.forEach(d -> byShard.merge(d.shard, d, (x, y) -> x.atMillis >= y.atMillis ? x : y));
        }
        List<Departure> all = new ArrayList<>(byShard.values());
        all.sort(LATEST_FIRST);
        return all.size() > REMEMBERED ? all.subList(0, REMEMBERED) : all;
    }
}
