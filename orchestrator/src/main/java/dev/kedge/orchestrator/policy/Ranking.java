package dev.kedge.orchestrator.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** The shards that count, the least by some figure first. It is kept in order while tablets move: a move costs O(log shards). */
final class Ranking {
    private final ToDoubleFunction<Seat> figure;
    private final TreeSet<Place> places =
            new TreeSet<>(Comparator.comparingDouble(Place::figure).thenComparing(p -> p.seat().shard));
    private final Map<Seat, Place> bySeat = new HashMap<>();

    private record Place(double figure, Seat seat) {}

    Ranking(Layout layout, ToDoubleFunction<Seat> figure) {
        this.figure = figure;
        for (Seat seat : layout.seats.values()) {
            if (seat.counts) {
                update(seat);
            }
        }
    }

    /** Finds a shard's place anew. */
    void update(Seat seat) {
        Place before = bySeat.get(seat);
        if (before != null) {
            places.remove(before);
        }
        Place after = new Place(figure.applyAsDouble(seat), seat);
        places.add(after);
        bySeat.put(seat, after);
    }

    /** At most so many of the first, of those with a figure below {@code bound}. */
    List<Seat> first(int count, double bound, Predicate<Seat> wanted) {
        List<Seat> first = new ArrayList<>(count);
        for (Place place : places) {
            if (place.figure >= bound || first.size() == count) {
                break;
            }
            if (wanted.test(place.seat)) {
                first.add(place.seat);
            }
        }
        return first;
    }
}
