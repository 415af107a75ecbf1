package dev.kedge.router;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutedCall.Request;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;

/**
 * The operations on one keyspace. Thread-safe. All of them throw
 *
 * <ul>
 *   <li>{@link IndeterminateOutcomeException} (writes only): sent, outcome unknown;
 *   <li>{@link UnavailableException}: the deadline passed; certainly without effect;
 *   <li>{@link KedgeException}: refused, for the reason the worker gives.
 * </ul>
 */
public final class KeyspaceClient {
    private static final Bytes NX = Bytes.utf8("NX");
    private static final Bytes XX = Bytes.utf8("XX");
    private static final Bytes IFEQ = Bytes.utf8("IFEQ");

    private final String keyspace;
    private final RoutedCall routed;
    private final Routing routing;
    private final long maxStalenessMillis;

    KeyspaceClient(String keyspace, Routing routing, RoutedCall routed) {
        this(keyspace, routing, routed, 0);
    }

    private KeyspaceClient(String keyspace, Routing routing, RoutedCall routed, long maxStalenessMillis) {
        this.maxStalenessMillis = maxStalenessMillis;
        this.keyspace = keyspace;
        this.routing = routing;
        this.routed = routed;
    }

    public String name() {
        return keyspace;
    }

    /**
     * The same keyspace, whose reads may be answered by read replicas with something up to {@code bound} old. What it answers never goes back
     * in time at one replica, but may between two, or between a replica and the owner. Where no replica promises the bound, the owner is asked.
     *
     * @throws IllegalArgumentException if the bound is below a millisecond
     */
    public KeyspaceClient withStaleness(Duration bound) {
        if (bound.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "answers of an age of up to " + bound + ": give a bound of at least a millisecond");
        }
        return new KeyspaceClient(keyspace, routing, routed, bound.toMillis());
    }

    /** The value, or null if the key does not exist. */
    public @Nullable Bytes get(Bytes key) {
        return bytes(read(Command.GET, key));
    }

    public @Nullable String get(String key) {
        Bytes value = get(Bytes.utf8(key));
        return value == null ? null : value.toUtf8();
    }

    /** Values in the order of the keys, null where there is none. Each key's value is current; together they are no snapshot. */
    public List<@Nullable Bytes> mget(List<Bytes> keys) {
        Map<String, List<Bytes>> byShard = new LinkedHashMap<>();
        for (Bytes key : keys) {
            byShard.computeIfAbsent(shardOf(key), shard -> new ArrayList<>()).add(key);
        }
        Map<Bytes, @Nullable Bytes> found = new LinkedHashMap<>();
        for (List<Bytes> together : byShard.values()) {
            mgetOfOneShard(together, found);
        }
        List<@Nullable Bytes> values = new ArrayList<>(keys.size());
        for (Bytes key : keys) {
            values.add(found.get(key));
        }
        return values;
    }

    /**
     * Sets many keys, with one request for each shard. No more than a request of its own for each key, only faster: others may see some of
     * them set before the rest, and if it throws, any of them may be.
     */
    public void mset(Map<Bytes, Bytes> rows) {
        Map<String, Map<Bytes, Bytes>> byShard = new LinkedHashMap<>();
        rows.forEach((key, value) -> byShard.computeIfAbsent(shardOf(key), shard -> new LinkedHashMap<>())
                .put(key, value));
        byShard.values().forEach(this::msetOfOneShard);
    }

    public boolean exists(Bytes key) {
        return integer(read(Command.EXISTS, key)) > 0;
    }

    public void set(Bytes key, Bytes value) {
        write(Command.SET, key, value);
    }

    public void set(String key, String value) {
        set(Bytes.utf8(key), Bytes.utf8(value));
    }

    /** Sets the key if it does not exist; tells whether it did so. */
    public boolean setIfAbsent(Bytes key, Bytes value) {
        return write(Command.SET, key, value, NX) != null;
    }

    /** Sets the key if it exists; tells whether it did so. */
    public boolean setIfPresent(Bytes key, Bytes value) {
        return write(Command.SET, key, value, XX) != null;
    }

    /** Sets the key if its value equals {@code expected}; tells whether it did so. */
    public boolean setIfEqual(Bytes key, Bytes expected, Bytes value) {
        return write(Command.SET, key, value, IFEQ, expected) != null;
    }

    /** Tells whether the key existed. */
    public boolean del(Bytes key) {
        return integer(write(Command.DEL, key)) > 0;
    }

    public boolean del(String key) {
        return del(Bytes.utf8(key));
    }

    /** Adds to a decimal number (an absent key counts as 0); returns the sum. */
    public long incrBy(Bytes key, long delta) {
        return integer(write(Command.INCRBY, key, Bytes.utf8(Long.toString(delta))));
    }

    /** Appends to the value (an absent key counts as empty); returns the new length in bytes. */
    public long append(Bytes key, Bytes suffix) {
        return integer(write(Command.APPEND, key, suffix));
    }

    /** Removes the key; returns the value it had, or null. */
    public @Nullable Bytes getDel(Bytes key) {
        return bytes(write(Command.GETDEL, key));
    }

    private void msetOfOneShard(Map<Bytes, Bytes> rows) {
        List<Bytes> arguments = new ArrayList<>(2 * rows.size());
        rows.forEach((key, value) -> {
            arguments.add(key);
            arguments.add(value);
        });
        try {
            routed.call(new Request(Command.MSET, arguments.get(0), arguments, true));
        } catch (RoutedCall.SplitKeysException e) {
            // refused as a whole, because the map changed between grouping and asking: one by one is always right
            rows.forEach(this::set);
        }
    }

    private void mgetOfOneShard(List<Bytes> keys, Map<Bytes, @Nullable Bytes> found) {
        if (keys.size() > 1) {
            try {
                Object answer = routed.call(new Request(Command.MGET, keys.get(0), keys, false, maxStalenessMillis));
                if (answer instanceof List<?> values && values.size() == keys.size()) {
                    for (int i = 0; i < keys.size(); i++) {
                        found.put(keys.get(i), bytes(values.get(i)));
                    }
                    return;
                }
                throw unexpected(answer);
            } catch (RoutedCall.SplitKeysException e) {
                // the map changed between grouping and asking: one by one is always right
            }
        }
        for (Bytes key : keys) {
            found.put(key, get(key));
        }
    }

    private String shardOf(Bytes key) {
        RoutingMap map = routing.map();
        KeyspaceRoute route = map.keyspace(keyspace);
        RoutingMap.Tablet tablet =
                route == null ? null : map.route(keyspace, route.placement().position(key));
        return tablet == null ? "" : tablet.shard();
    }

    private @Nullable Object read(ProtocolCommand command, Bytes key) {
        return routed.call(new Request(command, key, List.of(key), false, maxStalenessMillis));
    }

    private @Nullable Object write(ProtocolCommand command, Bytes key, Bytes... more) {
        List<Bytes> arguments = new ArrayList<>(1 + more.length);
        arguments.add(key);
        arguments.addAll(Arrays.asList(more));
        return routed.call(new Request(command, key, arguments, true));
    }

    private static @Nullable Bytes bytes(@Nullable Object answer) {
        if (answer == null) {
            return null;
        }
        if (answer instanceof byte[] array) {
            return Bytes.wrap(array);
        }
        throw unexpected(answer);
    }

    private static long integer(@Nullable Object answer) {
        if (answer instanceof Long number) {
            return number;
        }
        throw unexpected(answer);
    }

    private static KedgeException unexpected(@Nullable Object answer) {
        return new KedgeException(
                "the worker's answer makes no sense here: " + answer + ". Is the endpoint a Kedge worker?");
    }
}
