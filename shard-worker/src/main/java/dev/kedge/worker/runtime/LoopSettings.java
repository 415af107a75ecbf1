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
    public static final LoopSettings DEFAULT = new LoopSettings(
            16_384,
            32L << 20,
            Duration.ofMillis(20),
            Duration.ofSeconds(10),
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            LoadSettings.DEFAULTS);

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
