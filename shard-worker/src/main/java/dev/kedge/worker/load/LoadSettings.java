package dev.kedge.worker.load;

import java.time.Duration;

/**
 * How a worker measures what is asked of it.
 *
 * @param interval between two reports, and what each covers
 * @param points of a summary of positions: a rank is wrong by some 1/points
 * @param hotKeys how many frequent keys of a tablet are named, at most
 * @param storedAge after which stored positions are sampled again, though the tablet's size has not changed much
 */
public record LoadSettings(Duration interval, int points, int hotKeys, Duration storedAge) {
    public static final LoadSettings DEFAULTS = new LoadSettings(Duration.ofSeconds(10), 32, 8, Duration.ofMinutes(10));

    public LoadSettings {
        if (interval.toMillis() < 100) {
            throw new IllegalArgumentException("load must be reported at most every 100 ms, not every " + interval);
        }
        if (points < 2 || hotKeys < 1) {
            throw new IllegalArgumentException("a load report needs at least 2 points and 1 hot key");
        }
    }

    public LoadSettings withInterval(Duration other) {
        return new LoadSettings(other, points, hotKeys, storedAge);
    }
}
