package dev.kedge.worker.load;

import dev.kedge.model.Bytes;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Meters what one shard is asked for, tablet by tablet as the routing map cuts them, also of those it follows as a
 * read replica. A request that was not served counts for nothing. Not thread-safe: the shard's loop.
 */
public final class ShardMeter {
    private final String shard;
    private final LoadSettings settings;
    /** The tablets that the shard owns or follows, by the first data key. */
    private TreeMap<Bytes, RoutingMap.Tablet> tablets = new TreeMap<>();

    private Map<Bytes, TabletMeter> meters = new HashMap<>();

    /**
     * One tablet with what was asked of it.
     *
     * @param followed another shard owns it: what was asked for is reads of a read replica
     */
    public record Metered(RoutingMap.Tablet tablet, boolean followed, Demand demand) {}

    public ShardMeter(String shard, LoadSettings settings) {
        this.shard = shard;
        this.settings = settings;
    }

    public void routing(RoutingMap map) {
        TreeMap<Bytes, RoutingMap.Tablet> owned = new TreeMap<>();
        for (var keyspace : map.keyspaces()) {
            for (RoutingMap.Tablet tablet : map.tablets(keyspace.keyspace())) {
                if (tablet.shard().equals(shard) || isFollowed(tablet)) {
                    owned.put(ShardKeys.lower(keyspace.id(), tablet.range()), tablet);
                }
            }
        }
        tablets = owned;
    }

    /** A request was answered. */
    public void answered(Operation operation, Reply reply, long nanos) {
        if (!(operation instanceof Operation.Keyed keyed)
                || reply instanceof Reply.Moved
                || reply instanceof Reply.Failed) {
            return;
        }
        List<Bytes> keys = keyed.keys();
        if (keys.isEmpty()) {
            return;
        }
        boolean write = operation instanceof Operation.Write;
        long bytesPerKey = (valueBytes(operation) + valueBytes(reply)) / keys.size();
        for (Bytes key : keys) {
            TabletMeter meter = meter(key);
            if (meter != null) {
                meter.add(ShardKeys.position(key), write, key.length() + bytesPerKey, nanos / 1_000);
            }
        }
    }

    /** Every tablet with what was asked of it since the last call. */
    public List<Metered> take() {
        List<Metered> all = new ArrayList<>();
        Map<Bytes, TabletMeter> metered = meters;
        meters = new HashMap<>();
        tablets.forEach((first, tablet) -> {
            TabletMeter meter = metered.get(first);
            all.add(new Metered(
                    tablet, !tablet.shard().equals(shard), meter == null ? Demand.NONE : meter.demand(settings)));
        });
        return all;
    }

    private boolean isFollowed(RoutingMap.Tablet tablet) {
        return tablet.route().readReplicas().stream()
                .anyMatch(r -> r.shard().equals(shard) && r.state() != ReadReplicaState.LEAVING);
    }

    private @Nullable TabletMeter meter(Bytes key) {
        Map.Entry<Bytes, RoutingMap.Tablet> at = tablets.floorEntry(key);
        if (at == null) {
            return null;
        }
        RoutingMap.Tablet tablet = at.getValue();
        if (key.compareTo(ShardKeys.upper(tablet.keyspace().id(), tablet.range())) >= 0) {
            return null; // moved away meanwhile
        }
        return meters.computeIfAbsent(at.getKey(), first -> new TabletMeter());
    }

    private static long valueBytes(Operation operation) {
        return switch (operation) {
            case Operation.Set set -> set.value().length();
            case Operation.Append append -> append.suffix().length();
            case Operation.MultiSet set -> lengths(set.values());
            default -> 0;
        };
    }

    private static long valueBytes(Reply reply) {
        return switch (reply) {
            case Reply.Value value -> length(value.value());
            case Reply.Values values -> lengths(values.values());
            default -> 0;
        };
    }

    private static long lengths(List<? extends @Nullable Bytes> values) {
        long sum = 0;
        for (Bytes value : values) {
            sum += length(value);
        }
        return sum;
    }

    private static long length(@Nullable Bytes value) {
        return value == null ? 0 : value.length();
    }
}
