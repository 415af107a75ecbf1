package dev.kedge.worker.engine;

/** A token bucket over a clock given from outside; holds at most a quarter second's worth. */
final class RateLimit {
    private int perSecond;
    private double tokens;
    private long lastNanos;

    RateLimit(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        this.lastNanos = nowNanos;
    }

    void set(int newPerSecond) {
        perSecond = newPerSecond;
    }

    /** How many may be taken now; 0 per second = no limit. */
    int available(long nowNanos) {
        if (perSecond <= 0) {
            return Integer.MAX_VALUE;
        }
        tokens = Math.min(perSecond / 4.0 + 1, tokens + (nowNanos - lastNanos) / 1e9 * perSecond);
        lastNanos = nowNanos;
        return (int) tokens;
    }

    void take(int count) {
        if (perSecond > 0) {
            tokens -= count;
        }
    }
}
