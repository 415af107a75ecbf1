package dev.kedge.worker.log;

import dev.kedge.worker.engine.ShardEngine;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Acknowledgements on their way from the producers' threads to the loop: gathered in arrays, so that a burst of thousands is one
 * task of the loop. Bounded by the number of appends in flight. {@link #add} is thread-safe, the rest is the loop's.
 */
final class AckBuffer {
    private Burst gathering = new Burst();
    private Burst draining = new Burst();
    private int drained;
    /** Somebody has been told to see to it that the loop drains. */
    private boolean scheduled;

    private boolean givenUp;

    private static final class Burst {
        private static final int INITIAL = 256;
        private static final int KEPT = 16_384;

        private long[] tokens = new long[INITIAL];
        private long[] offsets = new long[INITIAL];
        private long[] timestamps = new long[INITIAL];
        /** Non-null where an append failed. */
        private @Nullable String[] reasons = new @Nullable String[INITIAL];

        private int count;

        void add(long token, long offset, long timestampMillis, @Nullable String reason) {
            if (count == tokens.length) {
                tokens = Arrays.copyOf(tokens, 2 * count);
                offsets = Arrays.copyOf(offsets, 2 * count);
                timestamps = Arrays.copyOf(timestamps, 2 * count);
                reasons = Arrays.copyOf(reasons, 2 * count);
            }
            tokens[count] = token;
            offsets[count] = offset;
            timestamps[count] = timestampMillis;
            reasons[count] = reason;
            count++;
        }

        Burst emptied() {
            if (tokens.length > KEPT) {
                return new Burst();
            }
            count = 0;
            return this;
        }
    }

    /** @return whether the caller must see to it that the loop calls {@link #drain} */
    synchronized boolean add(long token, long offset, long timestampMillis, @Nullable String reason) {
        gathering.add(token, offset, timestampMillis, reason);
        boolean first = !scheduled;
        scheduled = true;
        return first;
    }

    /**
     * Hands some of what was gathered to the engine, in order per lane. The engine may give up this buffer meanwhile.
     *
     * @return whether there is more: then the caller must see to it that this is called again
     */
    boolean drain(ShardEngine engine, int max) {
        if (drained == draining.count) {
            swap();
        }
        Burst burst = draining;
        int until = Math.min(burst.count, drained + max);
        for (int i = drained; i < until && !givenUp; i++) {
            String reason = burst.reasons[i];
            if (reason == null) {
                engine.appended(burst.tokens[i], burst.offsets[i], burst.timestamps[i]);
            } else {
                engine.appendFailed(burst.tokens[i], reason);
            }
        }
        drained = until;
        synchronized (this) {
            scheduled = !givenUp && (drained < draining.count || gathering.count > 0);
            return scheduled;
        }
    }

    /** From here on the engine hears nothing of what was or will be gathered. */
    void giveUp() {
        givenUp = true;
    }

    private void swap() {
        Burst empty = draining.emptied();
        drained = 0;
        synchronized (this) {
            draining = gathering;
            gathering = empty;
        }
    }
}
