package dev.kedge.orchestrator.model;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A keyspace with its tablets by start. The first tablet starts at the empty position and is never removed, so every position has a
 * tablet (I1).
 */
public record Keyspace(String name, int id, Placement placement, PersistentMap<Bytes, Tablet> tablets) {

    /** A tablet with both bounds. */
    public record Placed(KeyRange range, Tablet tablet) {}

    /** The tablet that holds a position. */
    public Placed tabletAt(Bytes position) {
        Map.Entry<Bytes, Tablet> entry = tablets.floor(position);
        if (entry == null) {
            throw new IllegalStateException("keyspace " + name + " has no tablet for " + position);
        }
        return new Placed(new KeyRange(entry.getKey(), endOf(entry.getKey())), entry.getValue());
    }

    /** The tablets that share a position with {@code range}, in order. */
    public List<Placed> tabletsIn(KeyRange range) {
        List<Placed> found = new ArrayList<>();
        Placed placed = tabletAt(range.start());
        while (true) {
            found.add(placed);
            Bytes next = placed.range.end();
            if (next == null || (range.end() != null && next.compareTo(range.end()) >= 0)) {
                return found;
            }
            placed = tabletAt(next);
        }
    }

    /** The end of the tablet that starts at {@code start}; null at the end of the keyspace. */
    public @Nullable Bytes endOf(Bytes start) {
        Map.Entry<Bytes, Tablet> next = tablets.higher(start);
        return next == null ? null : next.getKey();
    }

    Keyspace with(PersistentMap<Bytes, Tablet> changed) {
        return new Keyspace(name, id, placement, changed);
    }

    Keyspace with(Bytes start, Tablet tablet) {
        return with(tablets.put(start, tablet));
    }
}
