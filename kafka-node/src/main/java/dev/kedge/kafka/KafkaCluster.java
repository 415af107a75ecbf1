package dev.kedge.kafka;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Three Kafka nodes, ids 1 to 3, each broker and controller, replication factor 3 and two in-sync replicas at least: any one of them can
 * be killed while the others go on.
 */
public final class KafkaCluster implements AutoCloseable {
    private static final int NODES = 3;

    private final List<KafkaNode> nodes;
    private final Map<String, KafkaLink> links = new LinkedHashMap<>();

    private KafkaCluster(List<KafkaNode> nodes) {
        this.nodes = List.copyOf(nodes);
        List<NodeSettings.Link> ofFirst = nodes.get(0).links();
        for (int i = 0; i < ofFirst.size(); i++) {
            int index = i;
            String name = ofFirst.get(index).name();
            links.put(
                    name,
                    new KafkaLink(
                            name,
                            nodes.stream()
                                    .map(node -> node.links().get(index).advertised())
                                    .toList(),
                            nodes.stream()
                                    .map(node -> node.links().get(index).port())
                                    .toList()));
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /** All nodes, as clients' {@code bootstrap.servers} takes them. */
    public String bootstrap() {
        return nodes.stream().map(KafkaNode::bootstrap).collect(Collectors.joining(","));
    }

    public List<KafkaNode> nodes() {
        return nodes;
    }

    /** By id, 1 to 3; to kill and restart it. */
    public KafkaNode node(int id) {
        if (id < 1 || id > nodes.size()) {
            throw new IllegalArgumentException("no node " + id + ": the ids are 1 to " + nodes.size());
        }
        return nodes.get(id - 1);
    }

    /** Starts the nodes again that were killed; returns when they serve. All at once, for none does before enough of them are there. */
    public void restartKilled() {
        nodes.stream()
                .filter(node -> !node.isAlive())
                .map(KafkaNode::relaunch)
                .toList()
                .forEach(BrokerProcess::awaitReady);
    }

    /** The way to this cluster that was asked for under this name. */
    public KafkaLink link(String name) {
        KafkaLink link = links.get(name);
        if (link == null) {
            throw new IllegalArgumentException("no link " + name + ": the links are " + links.keySet());
        }
        return link;
    }

    public List<KafkaLink> links() {
        return List.copyOf(links.values());
    }

    @Override
    public void close() {
        links.values().forEach(KafkaLink::close);
        // Not in an orderly way: the last ones would wait for a quorum that is going away with them, and it is the log
        // that counts.
        nodes.stream().filter(KafkaNode::isAlive).forEach(KafkaNode::kill);
        nodes.forEach(KafkaNode::close);
        if (nodes.get(0).isTemporary()) {
            BrokerProcess.deleteTree(parentOf(nodes.get(0).dataDir()));
        }
    }

    private static Path parentOf(Path nodeDir) {
        return Objects.requireNonNull(nodeDir.getParent(), "a node's directory lies in its cluster's");
    }

    /** As {@link KafkaNode.Builder}, each setting for every node. */
    public static final class Builder {
        private final KafkaNode.Builder node = KafkaNode.builder();

        private Builder() {}

        /** Where the nodes keep their data, each in a directory of its own. By default temporary. */
        public Builder dataDir(Path dir) {
            node.dataDir(dir);
            return this;
        }

        /** The first node's port for clients, followed by the others'; 0, the default, chooses free ones. */
        public Builder port(int firstClientPort) {
            node.port(firstClientPort);
            return this;
        }

        public Builder heap(String size) {
            node.heap(size);
            return this;
        }

        public Builder jvmOption(String option) {
            node.jvmOption(option);
            return this;
        }

        public Builder property(String name, String value) {
            node.property(name, value);
            return this;
        }

        /** One more way to the cluster, {@link KafkaCluster#link}, for one client process: letters, digits and dashes. */
        public Builder link(String name) {
            node.link(name);
            return this;
        }

        public Builder startTimeout(Duration timeout) {
            node.startTimeout(timeout);
            return this;
        }

        /**
         * Starts all nodes and returns when each serves requests.
         *
         * @throws KafkaStartException when one does not; none is left running then
         */
        public KafkaCluster start() {
            KafkaCluster cluster = new KafkaCluster(node.nodes(NODES));
            try {
                cluster.nodes.stream().map(KafkaNode::launch).toList().forEach(BrokerProcess::awaitReady);
                return cluster;
            } catch (KafkaStartException e) {
                cluster.close();
                throw e;
            }
        }
    }
}
