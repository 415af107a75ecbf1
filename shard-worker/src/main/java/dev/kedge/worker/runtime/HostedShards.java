package dev.kedge.worker.runtime;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.worker.engine.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of this worker: starts and stops them as the routing map says, and finds them for clients' requests. Thread-safe, and
 * nothing blocks.
 *
 * <p>At most one host of a shard lives at a time: it owns the store's directory. The next is started when it has ended.
 */
final class HostedShards implements ShardDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(HostedShards.class);

    private final String workerId;
    private final Function<ShardRoute, ShardOpener> openers;
    private final LoopSettings settings;
    private final LatestProgress progress;

    private volatile RoutingMap routing = RoutingMap.EMPTY;
    /** Replaced as a whole under this lock. */
    private volatile Map<String, ShardHost> hosts = Map.of();

    private volatile Map<String, String> ownersByMigration = Map.of();
    private volatile Map<String, String> followersByReplication = Map.of();
    private boolean closing;

    HostedShards(
            String workerId,
            Function<ShardRoute, ShardOpener> openers,
            LoopSettings settings,
            LatestProgress progress) {
        this.progress = progress;
        this.workerId = workerId;
        this.openers = openers;
        this.settings = settings;
    }

    /** The newest map told. */
    @Override
    public RoutingMap routing() {
        return routing;
    }

    @Override
    public Set<String> hosted() {
        return hosts.keySet();
    }

    @Override
    public List<Report.ReplicaProgress> replications() {
        return progress.all();
    }

    Collection<ShardHost> hosts() {
        return hosts.values();
    }

    /**
     * Hands a request to a shard's loop; requests of one thread arrive in order. A shard that is not here replies TRY_AGAIN at once.
     *
     * @return false if the shard holds as many requests as it may: not taken, to be submitted again later
     */
    @Override
    public boolean submit(String shard, Request request) {
        ShardHost host = hosts.get(shard);
        if (host == null) {
            request.replies().reply(ShardHost.tryAgain("shard " + shard + " is not at this worker"));
            return true;
        }
        return host.submit(request);
    }

    /** A newer routing map: the engines learn of it first, then shards come and go. */
    synchronized void routing(RoutingMap map) {
        if (map.version() < routing.version()) {
            return;
        }
        routing = map;
        progress.routing(map);
        hosts.values().forEach(host -> host.routing(map));
        ownersByMigration = ownersByMigration(map);
        followersByReplication = followersByReplication(map);
        reconcile();
    }

    /** Hands a report about a replication to the other side of it, if it is here. */
    void hear(Report.MigrationReport report) {
        switch (report) {
            case Report.ReplicaProgress progress -> progress(progress);
            case Report.ForegroundLatency latency -> latency(latency);
            // Between the workers and the control plane alone:
            case Report.DualWriteLost r -> {}
            case Report.Digest r -> {}
            case Report.Fenced r -> {}
            case Report.CutoverServed r -> {}
            case Report.EvictionDone r -> {}
            case Report.ReplicationFailed r -> {}
        }
    }

    private void latency(Report.ForegroundLatency latency) {
        String follower = followersByReplication.get(latency.migration());
        ShardHost host = follower == null ? null : hosts.get(follower);
        if (host != null) {
            host.post(engine -> engine.foregroundLatency(latency));
        }
    }

    private void progress(Report.ReplicaProgress progress) {
        String owner = ownersByMigration.get(progress.migration());
        ShardHost host = owner == null ? null : hosts.get(owner);
        if (host != null) {
            host.post(engine -> engine.replicaProgress(progress));
        }
    }

    /** Stops all shards in good order; none starts any more. */
    CompletableFuture<Void> stop() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        synchronized (this) {
            closing = true;
            for (ShardHost host : hosts.values()) {
                host.stop();
                all.add(host.ended());
            }
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
    }

    private synchronized void reconcile() {
        if (closing) {
            return;
        }
        Map<String, ShardHost> next = new HashMap<>(hosts);
        for (ShardHost host : hosts.values()) {
            ShardRoute wanted = wanted(host.shard());
            if (wanted == null || wanted.epoch() != host.epoch()) {
                host.stop();
            }
        }
        for (ShardRoute route : routing.shards()) {
            if (wanted(route.shard()) != null && !next.containsKey(route.shard())) {
                LOG.info("Shard {} is assigned to this worker at epoch {}", route.shard(), route.epoch());
                ShardHost host = new ShardHost(
                        route.shard(), route.epoch(), openers.apply(route), settings, routing, this::ended);
                next.put(route.shard(), host.start());
            }
        }
        hosts = Map.copyOf(next);
    }

    private synchronized void ended(ShardHost host) {
        Map<String, ShardHost> rest = new HashMap<>(hosts);
        rest.remove(host.shard(), host);
        hosts = Map.copyOf(rest);
        reconcile();
    }

    private @Nullable ShardRoute wanted(String shard) {
        ShardRoute route = routing.shard(shard);
        return route != null && route.worker().equals(workerId) ? route : null;
    }

    private static Map<String, String> followersByReplication(RoutingMap map) {
        Map<String, String> followers = new HashMap<>();
        for (var keyspace : map.keyspaces()) {
            for (RoutingMap.Tablet tablet : map.tablets(keyspace.keyspace())) {
                var migration = tablet.route().migration();
                if (migration != null) {
                    followers.put(migration.migration(), migration.replica());
                }
                tablet.route().readReplicas().forEach(r -> followers.put(r.replica(), r.shard()));
            }
        }
        return followers;
    }

    private static Map<String, String> ownersByMigration(RoutingMap map) {
        Map<String, String> owners = new HashMap<>();
        for (var keyspace : map.keyspaces()) {
            for (RoutingMap.Tablet tablet : map.tablets(keyspace.keyspace())) {
                var migration = tablet.route().migration();
                if (migration != null) {
                    owners.put(migration.migration(), tablet.shard());
                }
            }
        }
        return owners;
    }
}
