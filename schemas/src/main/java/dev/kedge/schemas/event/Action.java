package dev.kedge.schemas.event;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import org.jspecify.annotations.Nullable;

/**
 * What a proposal wants done. Names tablets with both bounds and their owners, so that it can be seen whether it still fits. Destinations
 * are shards; {@code worker} is where the destination is to be made if it does not exist, null if it does.
 */
public sealed interface Action {
    String keyspace();

    /** All positions concerned: one tablet, or the two that are joined. */
    KeyRange range();

    /** Cuts a tablet in two and moves the right part. */
    record SplitAndMove(
            String keyspace,
            Bytes start,
            @Nullable Bytes end,
            Bytes at,
            String from,
            String to,
            @Nullable String worker)
            implements Action {
        @Override
        public KeyRange range() {
            return new KeyRange(start, end);
        }
    }

    record MoveTablet(
            String keyspace,
            Bytes start,
            @Nullable Bytes end,
            String from,
            String to,
            @Nullable String worker) implements Action {
        @Override
        public KeyRange range() {
            return new KeyRange(start, end);
        }
    }

    /** Moves one of two adjacent tablets beside the other if their owners differ, and joins them. */
    record MergeSiblings(
            String keyspace,
            Bytes start,
            Bytes at,
            @Nullable Bytes end,
            String leftShard,
            String rightShard,
            boolean moveRight)
            implements Action {
        @Override
        public KeyRange range() {
            return new KeyRange(start, end);
        }
    }
}
