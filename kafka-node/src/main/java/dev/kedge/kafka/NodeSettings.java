package dev.kedge.kafka;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What server.properties of one node says. Loopback only.
 *
 * @param id of this node, 1 in a cluster of one
 * @param members every node of the cluster, this one included; all are brokers and controllers
 * @param extra settings that override what is chosen here
 * @param links further listeners, one for each {@link KafkaLink}
 */
record NodeSettings(int id, List<Member> members, Path dataDir, Map<String, String> extra, List<Link> links) {
    static final String HOST = "127.0.0.1";

    record Member(int id, int port, int controllerPort) {
        String bootstrap() {
            return HOST + ":" + port;
        }
    }

    /**
     * @param port where the node listens
     * @param advertised where it tells clients to connect
     */
    record Link(String name, int port, int advertised) {
        String listener() {
            return "LINK_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
        }
    }

    NodeSettings {
        members = List.copyOf(members);
        links = List.copyOf(links);
        extra = Map.copyOf(extra);
    }

    Member self() {
        return members.stream().filter(m -> m.id() == id).findFirst().orElseThrow();
    }

    Path logDir() {
        return dataDir.resolve("logs");
    }

    Properties toProperties() {
        String replicas = String.valueOf(Math.min(3, members.size()));
        String minInSync = members.size() >= 3 ? "2" : "1";
        Properties p = new Properties();
        p.setProperty("process.roles", "broker,controller");
        p.setProperty("node.id", String.valueOf(id));
        p.setProperty(
                "controller.quorum.voters",
                members.stream()
                        .map(m -> m.id() + "@" + HOST + ":" + m.controllerPort())
                        .collect(Collectors.joining(",")));
        StringBuilder listeners = new StringBuilder("PLAINTEXT://" + self().bootstrap());
        StringBuilder advertised = new StringBuilder(listeners);
        StringBuilder protocols = new StringBuilder("PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        for (Link link : links) {
            String prefix = "," + link.listener() + "://" + HOST + ":";
            listeners.append(prefix).append(link.port());
            advertised.append(prefix).append(link.advertised());
            protocols.append(',').append(link.listener()).append(":PLAINTEXT");
        }
        listeners.append(",CONTROLLER://").append(HOST).append(':').append(self().controllerPort());
        p.setProperty("listeners", listeners.toString());
        p.setProperty("advertised.listeners", advertised.toString());
        p.setProperty("listener.security.protocol.map", protocols.toString());
        p.setProperty("controller.listener.names", "CONTROLLER");
        p.setProperty("inter.broker.listener.name", "PLAINTEXT");
        p.setProperty("log.dirs", logDir().toString());

        p.setProperty("auto.create.topics.enable", "false");
        p.setProperty("num.partitions", "1");
        p.setProperty("default.replication.factor", replicas);
        p.setProperty("min.insync.replicas", minInSync);
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            p.setProperty(topic + ".replication.factor", replicas);
            p.setProperty(topic + ".num.partitions", "4");
        }
        p.setProperty("transaction.state.log.min.isr", minInSync);
        p.setProperty("share.coordinator.state.topic.min.isr", minInSync);

        // A consumer group of one should not wait for company.
        p.setProperty("group.initial.rebalance.delay.ms", "0");
        // The default of 128 MiB is most of this heap; 16 MiB still cleans 600,000 keys in one pass.
        p.setProperty("log.cleaner.dedupe.buffer.size", String.valueOf(16 << 20));
        p.setProperty("log.cleaner.backoff.ms", "1000");
        // A node killed with -9 is let in again only after its old session has ended: not after the default 9 s, then.
        p.setProperty("broker.session.timeout.ms", "3000");
        p.setProperty("broker.heartbeat.interval.ms", "500");
        // How late a dead producer's transaction may be noticed, on top of its timeout: its readers wait that long.
        p.setProperty("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        // One machine, a few clients: fewer threads than a server has.
        p.setProperty("num.network.threads", "2");
        p.setProperty("num.io.threads", "4");
        p.setProperty("background.threads", "2");
        extra.forEach(p::setProperty);
        return p;
    }
}
