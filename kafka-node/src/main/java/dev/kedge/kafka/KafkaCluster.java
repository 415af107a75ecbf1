package dev.kedge.kafka;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Three Kafka nodes, ids 1 to 3, each broker and controller, replication factor 3 and two in-sync replicas at least: any one of them can
 * be killed while the others go on.
 */
public final class KafkaCluster implements AutoCloseable {
    private static final int NODES = 3;

    private final List<KafkaNode> nodes;

    private KafkaCluster(List<KafkaNode> nodes) {
        this.nodes = List.copyOf(nodes);
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

    @Override
    public void close() {
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
