package dev.kedge.worker.engine;

/**
 * How fast a copy may go, so that clients of both ends do not wait for it. Looked at once an interval: while the slower of the two ends is
 * above the target the limit is cut by how far it is above (multiplicative decrease, so it is out of the way within seconds); while both
 * are well below it grows, fast up to where it was last found too fast and gently from there on. Without clients on either end there is
 * nobody to heed and the limit goes. It never falls below a floor: a copy that stands still holds its tablet's bounds for ever (I9).
 *
 * <p>Pure; not thread-safe.
 */
final class CopyPace {
    /** Fewer requests than this say nothing about a 99th percentile. */
    private static final int MIN_REQUESTS = 20;

    private static final long REPORT_AGE_NANOS = 3 * Foreground.INTERVAL_NANOS;
    private static final double STRONGEST_CUT = 0.25;
    private static final double WEAKEST_CUT = 0.7;
    /** Between this part of the target and the target itself the limit stays. */
    private static final double CALM = 0.8;

    private static final double FAST_GROWTH = 1.5;
    private static final double GENTLE_GROWTH = 0.05;
    private static final double IDLE_GROWTH = 2;
    /** A limit this far above what the copy does is none. */
    private static final double BINDING = 2;

    private final int leastRowsPerSecond;
    private int mostRowsPerSecond;
    private long targetMicros;

    /** 0 = none. */
    private double limit;
    /** Where growth turns gentle: below the limit last found too fast. */
    private double knownGood;

    private boolean over;
    private long sourceP99Micros = -1;
    private long sourceNanos;
    private long ownP99Micros = -1;

    /** @param leastRowsPerSecond the floor */
    CopyPace(int leastRowsPerSecond) {
        this.leastRowsPerSecond = leastRowsPerSecond;
    }

    /**
     * What was asked for.
     *
     * @param mostRowsPerSecond 0 = no limit
     * @param targetP99Millis 0 = heed nobody
     */
    void options(int mostRowsPerSecond, int targetP99Millis) {
        this.mostRowsPerSecond = mostRowsPerSecond;
        this.targetMicros = targetP99Millis * 1_000L;
    }

    /** The source's last interval. */
    void source(long requests, long p99Micros, long nowNanos) {
        sourceP99Micros = requests < MIN_REQUESTS ? -1 : p99Micros;
        sourceNanos = nowNanos;
    }

    /**
     * An interval is over.
     *
     * @param own this shard's
     * @param copiedPerSecond rows copied in it, per second
     */
    void interval(Foreground.Window own, double copiedPerSecond, long nowNanos) {
        ownP99Micros = own.requests() < MIN_REQUESTS ? -1 : own.p99Micros();
        if (nowNanos - sourceNanos > REPORT_AGE_NANOS) {
            sourceP99Micros = -1;
        }
        long worst = Math.max(sourceP99Micros, ownP99Micros);
        if (targetMicros == 0) {
            limit = 0;
        } else if (worst > targetMicros) {
            slower(worst, copiedPerSecond);
        } else {
            over = false;
            if (limit > 0 && worst <= CALM * targetMicros) {
                faster(worst < 0, copiedPerSecond);
            }
        }
    }

    private void slower(long worst, double copiedPerSecond) {
        double from = limit > 0 ? Math.min(limit, Math.max(copiedPerSecond, leastRowsPerSecond)) : copiedPerSecond;
        if (!over) {
            knownGood = from * WEAKEST_CUT;
        }
        over = true;
        double cut = Math.clamp((double) targetMicros / worst, STRONGEST_CUT, WEAKEST_CUT);
        limit = Math.max(leastRowsPerSecond, from * cut);
    }

    private void faster(boolean idle, double copiedPerSecond) {
        if (limit > BINDING * Math.max(copiedPerSecond, leastRowsPerSecond)) {
            limit = 0;
        } else if (idle) {
            limit *= IDLE_GROWTH;
        } else if (limit < knownGood) {
            limit = Math.min(knownGood, limit * FAST_GROWTH);
        } else {
            limit += Math.max(leastRowsPerSecond, knownGood) * GENTLE_GROWTH;
        }
    }

    /** The limit now; 0 = none. */
    int rowsPerSecond() {
        if (limit <= 0) {
            return mostRowsPerSecond;
        }
        int adaptive = (int) Math.min(Integer.MAX_VALUE, Math.max(1, limit));
        return mostRowsPerSecond > 0 ? Math.min(mostRowsPerSecond, adaptive) : adaptive;
    }

    /** What the source's clients wait, as last heard; -1 while unknown. */
    long sourceP99Micros() {
        return sourceP99Micros;
    }

    /** What this shard's clients wait; -1 while unknown. */
    long ownP99Micros() {
        return ownP99Micros;
    }
}
