package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.router.RoutingMap;
import dev.kedge.router.RoutingMap.Tablet;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardStatus;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.simulation.ControlTopic.Entry;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A simulated worker process: follows the routing topic, hosts the shards assigned to it, reports, and takes clients' requests. */
final class SimWorker {
    private static final long HEARTBEAT_NANOS = 250 * Scheduler.MILLI;

    private final World world;
    private final SimProcess process;
    private final SimClock clock;
    private final Map<String, SimStore> disk = new TreeMap<>();
    private final Map<String, SimHost> hosts = new TreeMap<>();
    private RoutingMap routing = RoutingMap.EMPTY;
    private ControlTopic.@Nullable Subscription<RoutingChange> subscription;
    private ControlTopic.@Nullable Subscription<Report> reportSubscription;
    private final Link link;
    private long unheardUntilNanos;
    private boolean ready;
    private boolean stopping;

    SimWorker(World world, String name) {
        this.world = world;
        this.process = new SimProcess(name);
        this.clock = new SimClock(world);
        this.link = new Link(world.scheduler());
    }

    String name() {
        return process.name();
    }

    SimProcess process() {
        return process;
    }

    SimClock clock() {
        return clock;
    }

    RoutingMap routing() {
        return routing;
    }

    Link link() {
        return link;
    }

    /** From now on nothing gets to Kafka or from it, while clients still reach it. */
    void cutOff(long nanos) {
        link.cutUntil(world.scheduler().nowNanos() + nanos);
        if (subscription != null) {
            subscription.stall(nanos);
        }
        if (reportSubscription != null) {
            reportSubscription.stall(nanos);
        }
    }

    /** From now on its reports get nowhere, and it hears nothing of what is decided meanwhile. */
    void loseReports(long nanos) {
        unheardUntilNanos = world.scheduler().nowNanos() + nanos;
        if (subscription != null) {
            subscription.stall(nanos);
        }
    }

    boolean isStopping() {
        return stopping;
    }

    boolean hosts(String shard) {
        return hosts.containsKey(shard);
    }

    Iterable<SimHost> hosts() {
        return hosts.values();
    }

    ControlTopic.@Nullable Subscription<RoutingChange> subscription() {
        return subscription;
    }

    // ---- life

    /** R0: reads the routing topic to the end it has now before it does anything. */
    void start() {
        process.start();
        stopping = false;
        ready = false;
        routing = RoutingMap.EMPTY;
        long asked = world.routing().end();
        world.scheduler().after(world.scheduler().between(5, 60) * Scheduler.MILLI + link.cutNanos(), process, () -> {
            routing = world.mapAsOf(asked);
            ready = true;
            world.trace().say(() -> name() + " started with routing version " + routing.version());
            subscription = world.routing().subscribe(process, asked, this::routed);
            long reportsFrom = world.reports().end();
            reportSubscription = world.reports().subscribe(process, reportsFrom, this::reported);
            host();
            heartbeat();
        });
    }

    void crash(boolean diskToo) {
        world.trace().say(() -> name() + " crashes" + (diskToo ? " and loses its disk" : ""));
        process.kill();
        hosts.values().forEach(SimHost::crash);
        hosts.clear();
        disk.values().forEach(SimStore::crash);
        if (diskToo) {
            disk.clear();
        }
        world.connectionsBroke(this);
    }

    /** In good order; calls back when all shards are closed. */
    void stop(Runnable then) {
        world.trace().say(() -> name() + " stops");
        stopping = true;
        int[] open = {hosts.size()};
        Runnable one = () -> {
            if (--open[0] <= 0) {
                stopped(then);
            }
        };
        if (hosts.isEmpty()) {
            stopped(then);
        }
        List.copyOf(hosts.values()).forEach(host -> host.stop(one));
    }

    private void stopped(Runnable then) {
        process.kill();
        hosts.clear();
        world.connectionsBroke(this);
        then.run();
    }

    // ---- topics

    private void routed(List<Entry<RoutingChange>> changes) {
        RoutingMap.Builder builder = routing.builder();
        for (Entry<RoutingChange> change : changes) {
            builder.apply(change.offset(), change.value().key(), change.value().record());
        }
        RoutingMap next = builder.build();
        routing = next;
        world.trace().say(() -> name() + " knows routing version " + next.version());
        hosts.values().forEach(host -> host.post(e -> e.routing(next)));
        host();
    }

    /** Closes the shards that are assigned elsewhere or anew, and takes up those that are assigned here. */
    private void host() {
        if (stopping) {
            return;
        }
        Map<String, ShardRoute> assigned = new TreeMap<>();
        for (ShardRoute shard : routing.shards()) {
            if (shard.worker().equals(name())) {
                assigned.put(shard.shard(), shard);
            }
        }
        for (SimHost host : List.copyOf(hosts.values())) {
            ShardRoute wanted = assigned.get(host.shard());
            if (wanted == null || wanted.epoch() != host.epoch()) {
                host.stop(() -> {
                    hosts.remove(host.shard(), host);
                    host();
                });
            }
        }
        assigned.forEach((shard, route) -> {
            if (!hosts.containsKey(shard)) {
                SimStore store = disk.computeIfAbsent(shard, s -> new SimStore());
                SimHost host = new SimHost(world, this, shard, route.epoch(), world.log(route.logTopic()), store);
                hosts.put(shard, host);
                host.start(routing);
            }
        });
    }

    private void reported(List<Entry<Report>> reports) {
        for (Entry<Report> entry : reports) {
            if (entry.value() instanceof Report.ReplicaProgress progress) {
                hosts.values().forEach(host -> host.post(e -> e.replicaProgress(progress)));
            } else if (entry.value() instanceof Report.ForegroundLatency latency) {
                hosts.values().forEach(host -> host.post(e -> e.foregroundLatency(latency)));
            }
        }
    }

    /** Sent in order; what is under way when the process dies still arrives. */
    void report(Report report) {
        long unheard = Math.max(0, unheardUntilNanos - world.scheduler().nowNanos());
        world.sendReport(process, report, Math.max(unheard, link.cutNanos()));
    }

    private void heartbeat() {
        List<ShardStatus> statuses = new ArrayList<>();
        hosts.values().forEach(host -> statuses.add(host.engine().status()));
        report(new Report.Heartbeat(name(), process.life(), "host-of-" + name(), 1, clock.wallMillis(), statuses));
        world.scheduler().after(HEARTBEAT_NANOS, process, this::heartbeat);
    }

    // ---- clients

    /** The shard's loop, if it is here and, as far as this worker knows, belongs here. */
    private @Nullable SimHost mine(String shard) {
        ShardRoute route = routing.shard(shard);
        return route != null && route.worker().equals(name()) ? hosts.get(shard) : null;
    }

    /** A read of somebody who takes stale answers, for one of the shards here. */
    void requestStale(String shard, Operation operation, Request.ReplySink replies) {
        SimHost host = ready ? hosts.get(shard) : null;
        if (host == null) {
            replies.reply(new Reply.Failed(Reply.Failure.TRY_AGAIN, "the shard is not here"));
        } else {
            host.request(new Request(operation, clock.monotonicNanos(), true, replies));
        }
    }

    /** A request whose bytes have arrived. {@code key} is its first data key's keyspace and position. */
    void request(String keyspace, Bytes position, Operation operation, Request.ReplySink replies) {
        if (!ready) {
            replies.reply(new Reply.Failed(Reply.Failure.TRY_AGAIN, "the worker starts"));
            return;
        }
        Tablet tablet = routing.route(keyspace, position);
        if (tablet == null) {
            replies.reply(new Reply.Failed(Reply.Failure.UNOWNED, "not in routing version " + routing.version()));
            return;
        }
        SimHost host = mine(tablet.shard());
        MigrationRoute migration = tablet.route().migration();
        if (host == null && migration != null) {
            host = mine(migration.replica());
        }
        if (host == null) {
            replies.reply(new Reply.Moved(position, tablet.shard()));
            return;
        }
        host.request(new Request(operation, clock.monotonicNanos(), false, replies));
    }
}
