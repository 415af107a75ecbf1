package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import org.jspecify.annotations.Nullable;

/** Reads and shows tablet bounds as people write them. */
final class Bounds {
    private Bounds() {}

    /**
     * The bound in the one form it has in tablets: the start of a keyspace is the empty position, also when it is written as slot 0.
     *
     * @throws Refusal if the keyspace can't have such a bound
     */
    static Bytes start(Placement placement, Bytes bound, ControlPlaneSettings settings) {
        if (placement == Placement.RANGE) {
            if (bound.length() > settings.maxBoundBytes()) {
                throw new Refusal(
                        Rejection.BOUND_TOO_LONG,
                        "the bound " + bound.slice(0, 32) + "... has " + bound.length() + " bytes; cut it to at most "
                                + settings.maxBoundBytes());
            }
            return bound;
        }
        if (bound.length() == 0) {
            return bound;
        }
        if (bound.length() != 2 || Slots.slotOf(bound) >= Slots.COUNT) {
            throw new Refusal(
                    Rejection.BOUND_NOT_A_SLOT,
                    "the bound " + show(placement, bound)
                            + " is no slot: tablets of a HASH keyspace begin and end at whole slots, "
                            + "give two bytes from 0x0000 to 0x3fff (or 0x4000 as an end)");
        }
        return Slots.slotOf(bound) == 0 ? Bytes.EMPTY : bound;
    }

    /** As {@link #start}; the end of the keyspace is null, also when it is written as the slot after the last. */
    static @Nullable Bytes end(Placement placement, @Nullable Bytes bound, ControlPlaneSettings settings) {
        if (bound == null) {
            return null;
        }
        if (placement == Placement.HASH && bound.equals(Slots.bound(Slots.COUNT))) {
            return null;
        }
        return start(placement, bound, settings);
    }

    static String show(Placement placement, Bytes bound) {
        if (bound.length() == 0) {
            return "the start";
        }
        return placement == Placement.HASH ? "0x" + bound.toHex() : bound.toString();
    }

    static String show(Placement placement, KeyRange range) {
        return show(placement, range.start(), range.end());
    }

    static String show(Placement placement, Bytes start, @Nullable Bytes end) {
        return "[" + show(placement, start) + ", " + (end == null ? "the end" : show(placement, end)) + ")";
    }
}
