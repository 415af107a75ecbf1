package dev.kedge.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One client process's own way to all nodes of a {@link KafkaCluster}, which can be cut, made to hang, and slowed down, for all nodes or
 * for one. The nodes advertise this way to whoever comes by it, so a client that was given {@link #bootstrap()} has no other.
 *
 * <p>Thread-safe.
 */
public final class KafkaLink implements AutoCloseable {
    private final String name;
    private final List<Integer> ports;
    private final List<LoopbackProxy> proxies;

    /**
     * @param ports where clients connect, one for each node
     * @param targets where the nodes listen for them
     */
    KafkaLink(String name, List<Integer> ports, List<Integer> targets) {
        this.name = name;
        this.ports = List.copyOf(ports);
        List<LoopbackProxy> made = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            made.add(new LoopbackProxy("link-" + name + "-" + (i + 1), ports.get(i), targets.get(i)));
        }
        proxies = List.copyOf(made);
    }

    public String name() {
        return name;
    }

    /** What the client is to be given as its {@code bootstrap.servers}. */
    public String bootstrap() {
        return ports.stream().map(port -> NodeSettings.HOST + ":" + port).collect(Collectors.joining(","));
    }

    /** Lets everything through again; what hung is delivered now, late. */
    public void heal() {
        proxies.forEach(LoopbackProxy::heal);
    }

    /** Ends all connections and lets no new one through. */
    public void cut() {
        proxies.forEach(LoopbackProxy::cut);
    }

    /** As {@link #cut()}, of the way to one node, by its id. */
    public void cut(int node) {
        proxies.get(node - 1).cut();
    }

    /** Connections stay, and nothing goes through them. */
    public void hang() {
        proxies.forEach(LoopbackProxy::hang);
    }

    /** Everything takes this much longer, each way. */
    public void delay(Duration oneWay) {
        proxies.forEach(proxy -> proxy.delay(oneWay));
    }

    @Override
    public void close() {
        proxies.forEach(LoopbackProxy::close);
    }
}
