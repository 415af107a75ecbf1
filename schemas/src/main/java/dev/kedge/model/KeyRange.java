package dev.kedge.model;

import org.jspecify.annotations.Nullable;

/**
 * A half-open range {@code [start, end)} of positions; an absent end is the end of the keyspace. Never empty.
 *
 * @param start first position in the range; empty is the start of the keyspace
 * @param end first position past the range, or null for no bound
 */
public record KeyRange(Bytes start, @Nullable Bytes end) {
    public static final KeyRange ALL = new KeyRange(Bytes.EMPTY, null);

    /** @throws IllegalArgumentException if the range would hold no position */
    public KeyRange {
        if (end != null && start.compareTo(end) >= 0) {
            throw new IllegalArgumentException("the range [" + start + ", " + end + ") is empty or reversed");
        }
    }

    public boolean contains(Bytes position) {
        return start.compareTo(position) <= 0 && (end == null || position.compareTo(end) < 0);
    }

    public boolean contains(KeyRange other) {
        return start.compareTo(other.start) <= 0 && compareEnds(other.end, end) <= 0;
    }

    public boolean overlaps(KeyRange other) {
        return (other.end == null || start.compareTo(other.end) < 0) && (end == null || other.start.compareTo(end) < 0);
    }

    /** Orders ends, where null is past everything. */
    public static int compareEnds(@Nullable Bytes a, @Nullable Bytes b) {
        if (a == null) {
            return b == null ? 0 : 1;
        }
        return b == null ? -1 : a.compareTo(b);
    }

    @Override
    public String toString() {
        return "[" + start + ", " + (end == null ? "end" : end) + ")";
    }
}
