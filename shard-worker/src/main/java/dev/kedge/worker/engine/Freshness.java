package dev.kedge.worker.engine;

/**
 * How old what a replica holds can be. Every record of the owner's log bears the broker's time of append, and those times rise with the
 * offsets: so a replica that has applied the record appended at t holds everything that was acknowledged before t. An idle owner's
 * keep-alives move t on; a replica that is cut off, or whose owner is dead, sees it stand still, and its answers age.
 *
 * <p>The broker's time is compared with this machine's, so the bound is as good as their clocks agree; one that stood still here, or
 * was set back, is made up for by monotonic time.
 */
final class Freshness {
    /** Nothing is known. */
    static final long UNKNOWN = Long.MAX_VALUE;

    private long appendedMillis = -1;
    private long arrivedNanos;

    /**
     * Everything through a record has been applied.
     *
     * @param millis the broker's time of its append; -1 if unknown
     * @param nanos monotonic time at which it had arrived here
     */
    void applied(long millis, long nanos) {
        if (millis >= appendedMillis) {
            appendedMillis = millis;
            arrivedNanos = nanos;
        }
    }

    /** Broker time before which everything is applied; -1 while unknown. */
    long appendedMillis() {
        return appendedMillis;
    }

    /** The greatest age an answer can have now, in milliseconds; {@link #UNKNOWN} if nothing was applied. */
    long stalenessMillis(Ports.Clock clock) {
        if (appendedMillis < 0) {
            return UNKNOWN;
        }
        long sinceArrival = (clock.monotonicNanos() - arrivedNanos) / 1_000_000;
        return Math.max(sinceArrival, clock.wallMillis() - appendedMillis);
    }
}
