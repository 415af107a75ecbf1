package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import org.jspecify.annotations.Nullable;

/**
 * Ranges and bounds as people write them: {@code start-end}, the end not included, either left out for an open end. In a HASH keyspace
 * bounds are slots, {@code 0x1000} or {@code 4096}; in a RANGE keyspace keys as {@link KeyText} has them, with {@code \-} for a dash.
 */
final class RangeText {
    private RangeText() {}

    /** @throws BadInput if it is no range of such a keyspace, or an empty or reversed one */
    static KeyRange parse(Placement placement, String text) {
        int dash = separator(text);
        if (dash < 0) {
            throw new BadInput("'" + text + "' is no range: " + expected(placement));
        }
        if (placement == Placement.RANGE && separator(text.substring(dash + 1)) >= 0) {
            throw new BadInput(
                    "'" + text + "' has several dashes, so where its start ends is anybody's guess: write the"
                            + " dashes inside of keys as \\-, or use --start and --end");
        }
        return parse(placement, text.substring(0, dash), text.substring(dash + 1));
    }

    /** @param start empty or null for the start of the keyspace, {@code end} for its end */
    static KeyRange parse(Placement placement, @Nullable String start, @Nullable String end) {
        Bytes from = start == null || start.isEmpty() ? Bytes.EMPTY : start(placement, start);
        Bytes to = end == null || end.isEmpty() ? null : end(placement, end);
        if (to != null && from.compareTo(to) >= 0) {
            throw new BadInput("the range " + start + " to " + end + " is "
                    + (from.equals(to) ? "empty: its end is not part of it" : "reversed")
                    + "; give a start below its end");
        }
        return new KeyRange(from, to);
    }

    /** A bound at which a tablet may start. */
    static Bytes start(Placement placement, String text) {
        if (placement == Placement.RANGE) {
            return KeyText.parse(text);
        }
        int slot = slot(text);
        if (slot >= Slots.COUNT) {
            throw outside(text);
        }
        return slot == 0 ? Bytes.EMPTY : Slots.bound(slot);
    }

    private static @Nullable Bytes end(Placement placement, String text) {
        if (placement == Placement.RANGE) {
            return KeyText.parse(text);
        }
        int slot = slot(text);
        if (slot > Slots.COUNT) {
            throw outside(text);
        }
        return slot == Slots.COUNT ? null : slot == 0 ? Bytes.EMPTY : Slots.bound(slot);
    }

    static String format(Placement placement, KeyRange range) {
        return bound(placement, range.start()) + "-" + (range.end() == null ? "" : bound(placement, range.end()));
    }

    /** As it can be given back in a range; the start of the keyspace is empty. */
    static String bound(Placement placement, Bytes bound) {
        return switch (placement) {
            case HASH -> bound.length() == 0 ? "0x0000" : String.format("0x%04x", Slots.slotOf(bound));
            case RANGE -> KeyText.format(bound).replace("-", "\\-");
        };
    }

    private static int slot(String text) {
        try {
            int slot = text.startsWith("0x") || text.startsWith("0X")
                    ? Integer.parseUnsignedInt(text, 2, text.length(), 16)
                    : Integer.parseUnsignedInt(text);
            return slot < 0 ? Integer.MAX_VALUE : slot;
        } catch (NumberFormatException e) {
            throw new BadInput(
                    "'" + text + "' is no slot: bounds of a HASH keyspace are slots, 0x0000 to 0x4000 (or 0 to 16384)");
        }
    }

    private static BadInput outside(String text) {
        return new BadInput(
                "the slot " + text + " lies outside of the keyspace: slots go from 0x0000 to 0x3fff (0 to 16383),"
                        + " and 0x4000 (16384) may end a range");
    }

    /** The first dash that is not escaped, or -1. */
    private static int separator(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '-') {
                return i;
            }
        }
        return -1;
    }

    private static String expected(Placement placement) {
        return switch (placement) {
            case HASH -> "give slots as start-end, for instance 0x1000-0x2000 or 4096-8192 (the end is not part of it)";
            case RANGE ->
                "give keys as start-end, for instance a-m, a- or -m (the end is not part of it; a dash inside a key is \\-)";
        };
    }
}
