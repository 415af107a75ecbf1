package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A routing map in Redis Cluster's terms: a node is a worker that runs a shard, its slots are those of the keyspace's tablets
 * its shards own.
 *
 * @param ranges all slots with a reachable owner, in order; neighbours of one node are one range
 * @param version the routing map's version, which stands for every epoch of Redis Cluster
 */
record Topology(List<Node> nodes, List<Owned> ranges, long version) {

    /** @param slots in order */
    record Node(String worker, String id, String host, int port, boolean self, List<SlotRange> slots) {}

    /** Both bounds inclusive. */
    record SlotRange(int first, int last) {
        int size() {
            return last - first + 1;
        }
    }

    record Owned(SlotRange slots, Node node) {}

    /** @param keyspace null if there is no HASH keyspace to speak of */
    static Topology of(RoutingMap map, @Nullable KeyspaceRoute keyspace, String self, String selfHost, int selfPort) {
        Map<String, Node> nodes = new TreeMap<>();
        WorkerRoute known = map.worker(self);
        nodes.put(
                self,
                node(
                        known == null ? new WorkerRoute(self, selfHost, selfPort) : known,
                        true)); // even if it runs nothing
        for (ShardRoute shard : map.shards()) {
            WorkerRoute worker = map.endpoint(shard.shard());
            if (worker != null) {
                nodes.computeIfAbsent(worker.worker(), name -> node(worker, false));
            }
        }
        List<Owned> ranges = new ArrayList<>();
        if (keyspace != null) {
            for (RoutingMap.Tablet tablet : map.tablets(keyspace.keyspace())) {
                WorkerRoute worker = map.endpoint(tablet.shard());
                Node node = worker == null ? null : nodes.get(worker.worker());
                SlotRange slots = slots(tablet);
                if (node != null && slots.size() > 0) {
                    add(ranges, slots, node);
                }
            }
        }
        ranges.forEach(each -> each.node.slots.add(each.slots));
        return new Topology(List.copyOf(nodes.values()), List.copyOf(ranges), Math.max(map.version(), 0));
    }

    int slotsServed() {
        return ranges.stream().mapToInt(each -> each.slots.size()).sum();
    }

    long nodesWithSlots() {
        return nodes.stream().filter(each -> !each.slots.isEmpty()).count();
    }

    private static Node node(WorkerRoute route, boolean self) {
        return new Node(
                route.worker(), Front.nodeId(route.worker()), route.host(), route.port(), self, new ArrayList<>());
    }

    private static SlotRange slots(RoutingMap.Tablet tablet) {
        Bytes end = tablet.range().end();
        return new SlotRange(
                Slots.slotOf(tablet.range().start()), end == null ? Slots.COUNT - 1 : Slots.slotOf(end) - 1);
    }

    private static void add(List<Owned> ranges, SlotRange slots, Node node) {
        if (!ranges.isEmpty()) {
            Owned before = ranges.getLast();
            if (before.node.id.equals(node.id) && before.slots.last + 1 == slots.first) {
                ranges.set(ranges.size() - 1, new Owned(new SlotRange(before.slots.first, slots.last), node));
                return;
            }
        }
        ranges.add(new Owned(slots, node));
    }
}
