package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.resp.Command.KeyArgs;
import dev.kedge.worker.resp.Topology.Node;
import dev.kedge.worker.resp.Topology.Owned;
import dev.kedge.worker.resp.Topology.SlotRange;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** CLUSTER: the routing map in Redis Cluster's terms. */
final class ClusterCommands {
    private static final int MAX_KEYS = 1000;

    private ClusterCommands() {}

    static List<Command> all() {
        List<Command> subcommands = List.of(
                cluster(
                        "slots",
                        2,
                        "3.0.0",
                        "O(N): Returns the mapping of cluster slots to nodes.",
                        call -> Outcome.done(slots(topology(call)))),
                cluster(
                        "shards",
                        2,
                        "7.0.0",
                        "O(N): Returns the mapping of cluster slots to shards.",
                        call -> Outcome.done(shards(topology(call)))),
                cluster(
                        "nodes",
                        2,
                        "3.0.0",
                        "O(N): Returns the cluster configuration for a node.",
                        call -> Outcome.done(new Answer.Text(nodes(topology(call))))),
                cluster(
                        "info",
                        2,
                        "3.0.0",
                        "O(1): Returns information about the state of a node.",
                        call -> Outcome.done(new Answer.Text(info(topology(call))))),
                cluster(
                        "myid",
                        2,
                        "3.0.0",
                        "O(1): Returns the ID of a node.",
                        call -> Outcome.done(Answer.bulk(call.front().nodeId()))),
                cluster(
                        "keyslot",
                        3,
                        "3.0.0",
                        "O(N): Returns the hash slot for a key.",
                        call -> Outcome.done(new Answer.Int(Slots.of(call.arg(2))))),
                cluster(
                        "countkeysinslot",
                        3,
                        "3.0.0",
                        "O(N): Returns the number of keys this worker owns in a hash slot.",
                        ClusterCommands::countKeys),
                cluster(
                        "getkeysinslot",
                        4,
                        "3.0.0",
                        "O(N): Returns key names this worker owns in a hash slot.",
                        ClusterCommands::getKeys));
        return List.of(Command.container(
                "cluster", "cluster", "3.0.0", "A container for Redis Cluster commands.", subcommands));
    }

    private static Topology topology(Call call) {
        return call.front().topology(call.routing(), call.session().keyspace);
    }

    private static Answer slots(Topology topology) {
        List<Answer> entries = new ArrayList<>();
        for (Owned owned : topology.ranges()) {
            List<Answer> entry = new ArrayList<>();
            entry.add(new Answer.Int(owned.slots().first()));
            entry.add(new Answer.Int(owned.slots().last()));
            entry.add(where(owned.node()));
            topology.replicasOf(owned.node()).forEach(replica -> entry.add(where(replica)));
            entries.add(new Answer.Many(entry));
        }
        return new Answer.Many(entries);
    }

    private static Answer where(Node node) {
        return new Answer.Many(
                List.of(Answer.bulk(node.host()), new Answer.Int(node.port()), Answer.bulk(node.id()), Answer.NONE));
    }

    private static Answer shards(Topology topology) {
        List<Answer> entries = new ArrayList<>();
        for (Node node : topology.masters()) {
            List<Answer> bounds = new ArrayList<>();
            for (SlotRange slots : node.slots()) {
                bounds.add(new Answer.Int(slots.first()));
                bounds.add(new Answer.Int(slots.last()));
            }
            List<Answer> members = new ArrayList<>();
            members.add(member(topology, node, "master"));
            topology.replicasOf(node).forEach(replica -> members.add(member(topology, replica, "replica")));
            entries.add(Answer.pairs("slots", new Answer.Many(bounds), "nodes", new Answer.Many(members)));
        }
        return new Answer.Many(entries);
    }

    private static Answer member(Topology topology, Node node, String role) {
        return Answer.pairs(
                "id",
                node.id(),
                "port",
                node.port(),
                "ip",
                node.host(),
                "endpoint",
                node.host(),
                "role",
                role,
                "replication-offset",
                topology.version(),
                "health",
                "online");
    }

    /** There is no cluster bus: its port is told as 0. */
    private static String nodes(Topology topology) {
        StringBuilder text = new StringBuilder();
        for (Node node : topology.nodes()) {
            StringJoiner line = new StringJoiner(" ");
            line.add(node.id())
                    .add(node.host() + ":" + node.port() + "@0")
                    .add(node.self() ? "myself,master" : node.masterId() == null ? "master" : "slave")
                    .add((node.masterId() == null ? "-" : node.masterId()) + " 0 0")
                    .add(Long.toString(topology.version()))
                    .add("connected");
            for (SlotRange slots : node.slots()) {
                line.add(slots.size() == 1 ? "" + slots.first() : slots.first() + "-" + slots.last());
            }
            text.append(line).append('\n');
        }
        return text.toString();
    }

    private static String info(Topology topology) {
        int served = topology.slotsServed();
        return String.join(
                "\r\n",
                "cluster_state:" + (served == Slots.COUNT ? "ok" : "fail"),
                "cluster_slots_assigned:" + served,
                "cluster_slots_ok:" + served,
                "cluster_slots_pfail:0",
                "cluster_slots_fail:0",
                "cluster_known_nodes:" + topology.nodes().size(),
                "cluster_size:" + topology.nodesWithSlots(),
                "cluster_current_epoch:" + topology.version(),
                "cluster_my_epoch:" + topology.version(),
                "");
    }

    private static Outcome countKeys(Call call) {
        KeyspaceRoute keyspace = slotted(call);
        KeyRange range = slot(call);
        Operation.Count count =
                new Operation.Count(ShardKeys.lower(keyspace.id(), range), ShardKeys.upper(keyspace.id(), range));
        return new Outcome.AskAll(List.of(count), replies -> new Answer.Int(Replies.sum(replies.getFirst())));
    }

    private static Outcome getKeys(Call call) {
        KeyspaceRoute keyspace = slotted(call);
        KeyRange range = slot(call);
        long count = call.integer(3);
        if (count < 0) {
            throw new Refusal("ERR Invalid slot or number of keys");
        }
        if (count > MAX_KEYS) {
            throw new Refusal("ERR at most " + MAX_KEYS + " keys are listed at a time: use SCAN to see them all");
        }
        if (count == 0) {
            return Outcome.done(Answer.NONE);
        }
        Operation.Scan scan = new Operation.Scan(
                ShardKeys.lower(keyspace.id(), range), ShardKeys.upper(keyspace.id(), range), (int) count);
        return new Outcome.AskAll(List.of(scan), replies -> {
            List<Bytes> positions = KeyspaceCommands.merged(replies.getFirst()).positions();
            return Answer.bulks(
                    positions.stream().limit(count).map(Placement.HASH::key).toList());
        });
    }

    private static KeyspaceRoute slotted(Call call) {
        KeyspaceRoute keyspace = Keyspaces.slotted(call.routing(), call.session().keyspace);
        if (keyspace == null) {
            throw new Refusal("CLUSTERDOWN there is no HASH keyspace, so there are no slots");
        }
        return keyspace;
    }

    private static KeyRange slot(Call call) {
        long slot = call.integer(2);
        if (slot < 0 || slot >= Slots.COUNT) {
            throw new Refusal("ERR Invalid slot");
        }
        int number = (int) slot;
        return new KeyRange(
                number == 0 ? Bytes.EMPTY : Slots.bound(number),
                number == Slots.COUNT - 1 ? null : Slots.bound(number + 1));
    }

    private static Command cluster(String name, int arity, String since, String about, Command.Handler handler) {
        return Command.of("cluster|" + name, arity, KeyArgs.NONE, "loading stale", "cluster", since, about, handler);
    }
}
