package dev.kedge.history;

import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A set of possible pasts that leaves out the dominated: with the same value and the same open operations done, a past that used fewer
 * operations of unknown outcome can go on in every way one that used more can.
 */
final class Possibilities {
    private final Map<Key, List<BitSet>> pasts = new LinkedHashMap<>();
    private int size;

    private record Key(@Nullable Bytes state, long done) {}

    /**
     * One possible past.
     *
     * @param state the key's value
     * @param done open operations (by slot) that have taken effect
     * @param used operations of unknown outcome (by number) that have taken effect; not to be changed
     */
    record Past(@Nullable Bytes state, long done, BitSet used) {}

    /** Adds a past unless one that is at least as good is there; tells whether it was added. */
    boolean add(Past past) {
        List<BitSet> known = pasts.computeIfAbsent(new Key(past.state, past.done), key -> new ArrayList<>(1));
        for (BitSet used : known) {
            if (isSubset(used, past.used)) {
                return false;
            }
        }
        int before = known.size();
        known.removeIf(used -> isSubset(past.used, used));
        known.add(past.used);
        size += known.size() - before;
        return true;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    List<Past> all() {
        List<Past> all = new ArrayList<>(size);
        pasts.forEach((key, useds) -> useds.forEach(used -> all.add(new Past(key.state, key.done, used))));
        return all;
    }

    /** The values that are possible, in the order found. */
    Collection<@Nullable Bytes> states() {
        List<@Nullable Bytes> states = new ArrayList<>();
        for (Key key : pasts.keySet()) {
            if (!states.contains(key.state)) {
                states.add(key.state);
            }
        }
        return states;
    }

    private static boolean isSubset(BitSet small, BitSet large) {
        for (int i = small.nextSetBit(0); i >= 0; i = small.nextSetBit(i + 1)) {
            if (!large.get(i)) {
                return false;
            }
        }
        return true;
    }
}
