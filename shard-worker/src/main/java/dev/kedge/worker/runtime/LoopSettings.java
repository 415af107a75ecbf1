package dev.kedge.worker.runtime;

import dev.kedge.worker.load.LoadSettings;
import java.time.Duration;

/**
 * How shards' loops behave.
 *
 * @param maxRequests requests one shard holds at once
 * @param maxRequestBytes bytes of keys and values of the requests one shard holds at once
 * @param tick time at most between two ticks of an engine
 * @param stopTimeout after which a shard that does not stop in good order is abandoned
 * @param firstBackoff time before a failed shard is opened again; doubled each time it fails again
 * @param longestBackoff limit of that
 * @param load how the shards' use is measured
 */
public record LoopSettings(
        int maxRequests,
        long maxRequestBytes,
        Duration tick,
        Duration stopTimeout,
        Duration firstBackoff,
        Duration longestBackoff,
        LoadSettings load) {
    private static final long MOST_REQUEST_BYTES = 32L << 20;

    public static final LoopSettings DEFAULT = new LoopSettings(
            16_384,
            requestBytes(Runtime.getRuntime().maxMemory()),
            Duration.ofMillis(20),
            Duration.ofSeconds(10),
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            LoadSettings.DEFAULTS);

    /**
     * What a shard may hold of requests in a process with this much memory. What was on its way to the log once, the producer keeps as buffers for the
     * next time, so this is taken twice for good.
     */
    static long requestBytes(long heapBytes) {
        return Math.clamp(heapBytes / 8, 1, MOST_REQUEST_BYTES);
    }

    public LoopSettings withLoad(LoadSettings other) {
        return new LoopSettings(maxRequests, maxRequestBytes, tick, stopTimeout, firstBackoff, longestBackoff, other);
    }

    public LoopSettings {
        if (maxRequests < 1 || maxRequestBytes < 1) {
            throw new IllegalArgumentException("a shard must take at least one request at a time");
        }
        if (tick.isNegative() || tick.isZero() || tick.toMillis() > 50) {
            throw new IllegalArgumentException(
                    "an engine must be told of time at least every 50 ms, not every " + tick);
        }
    }
}
