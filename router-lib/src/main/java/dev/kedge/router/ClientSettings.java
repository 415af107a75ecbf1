package dev.kedge.router;

import java.time.Duration;

/**
 * Limits of a key-value client.
 *
 * @param deadline time an operation may take, retries included
 * @param requestTimeout time one answer may take; a write without an answer in this time has an unknown outcome
 * @param connectTimeout time one connection may take to be made
 * @param connectionsPerEndpoint connections kept to one worker for one keyspace; more operations at once wait for one
 * @param firstBackoff wait before the first repetition; doubles, with jitter, to {@code longestBackoff}
 * @param checkAfterIdle a connection that was idle for longer is asked with PING before it carries a request
 */
public record ClientSettings(
        Duration deadline,
        Duration requestTimeout,
        Duration connectTimeout,
        int connectionsPerEndpoint,
        Duration firstBackoff,
        Duration longestBackoff,
        Duration checkAfterIdle) {

    public static final ClientSettings DEFAULTS = new ClientSettings(
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            32,
            Duration.ofMillis(1),
            Duration.ofMillis(100),
            Duration.ofSeconds(1));

    public ClientSettings {
        if (connectionsPerEndpoint < 1) {
            throw new IllegalArgumentException(
                    "connectionsPerEndpoint must be at least 1, is " + connectionsPerEndpoint);
        }
    }

    public ClientSettings withDeadline(Duration value) {
        return new ClientSettings(
                value,
                requestTimeout,
                connectTimeout,
                connectionsPerEndpoint,
                firstBackoff,
                longestBackoff,
                checkAfterIdle);
    }

    public ClientSettings withRequestTimeout(Duration value) {
        return new ClientSettings(
                deadline, value, connectTimeout, connectionsPerEndpoint, firstBackoff, longestBackoff, checkAfterIdle);
    }

    public ClientSettings withConnectionsPerEndpoint(int value) {
        return new ClientSettings(
                deadline, requestTimeout, connectTimeout, value, firstBackoff, longestBackoff, checkAfterIdle);
    }
}
