package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A routing map in Redis Cluster's terms: a node is a worker that runs a shard, its slots are those of the keyspace's tablets
 * its shards own.
 *
 * <p>In Redis Cluster a replica has all of its master's slots; here a read replica follows one tablet, and its worker is another tablet's
 * master. So a worker is several nodes at one address: one for the tablets that nobody follows, one for each set of workers that follow
 * some, and one for each of those masters it follows.
 *
 * @param ranges all slots with a reachable owner, in order; neighbours of one node are one range
 * @param version the routing map's version, which stands for every epoch of Redis Cluster
 */
record Topology(List<Node> nodes, List<Owned> ranges, long version) {

    /**
     * @param slots in order; none of a replica
     * @param masterId the node it follows; null of a master
     */
    record Node(
            String worker,
            String id,
            String host,
            int port,
            boolean self,
            List<SlotRange> slots,
            @Nullable String masterId) {
        boolean isReplicaOf(Node master) {
            return master.id.equals(masterId);
        }
    }

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
                SlotRange slots = slots(tablet);
                if (worker != null && slots.size() > 0) {
                    add(ranges, slots, master(map, nodes, tablet, worker));
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

    List<Node> masters() {
        return nodes.stream().filter(each -> each.masterId == null).toList();
    }

    List<Node> replicasOf(Node master) {
        return nodes.stream().filter(each -> each.isReplicaOf(master)).toList();
    }

    private static Node node(WorkerRoute route, boolean self) {
        return new Node(
                route.worker(),
                Front.nodeId(route.worker()),
                route.host(),
                route.port(),
                self,
                new ArrayList<>(),
                null);
    }

    /** The node that has a tablet's slots, made together with its replicas when it is met first. */
    private static Node master(RoutingMap map, Map<String, Node> nodes, RoutingMap.Tablet tablet, WorkerRoute worker) {
        Node plain = nodes.computeIfAbsent(worker.worker(), name -> node(worker, false));
        TreeSet<String> followers = new TreeSet<>();
        for (ReadReplicaRoute replica : tablet.route().readReplicas()) {
            WorkerRoute follower = map.endpoint(replica.shard());
            if (replica.state() == ReadReplicaState.FOLLOWING
                    && follower != null
                    && !follower.worker().equals(worker.worker())) {
                followers.add(follower.worker());
            }
        }
        if (followers.isEmpty()) {
            return plain;
        }
        // A slash stands in no worker's name, and the key sorts behind the plain node's.
        String name = worker.worker() + "/" + String.join("/", followers);
        Node followed = nodes.computeIfAbsent(name, key -> at(plain, key, null));
        for (String follower : followers) {
            Node there = nodes.get(follower);
            if (there != null) {
                nodes.computeIfAbsent(follower + "/of/" + name, key -> at(there, key, followed.id));
            }
        }
        return followed;
    }

    private static Node at(Node plain, String name, @Nullable String masterId) {
        return new Node(plain.worker, Front.nodeId(name), plain.host, plain.port, false, new ArrayList<>(), masterId);
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
