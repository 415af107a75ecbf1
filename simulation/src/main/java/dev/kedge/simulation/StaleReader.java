package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.router.RoutingMap;
import dev.kedge.router.RoutingMap.Tablet;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.simulation.ControlTopic.Entry;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.ArrayList;
import java.util.List;

/** Whoever takes stale answers: asks read replicas, and former owners within their windows, with a map that may be late. */
final class StaleReader {
    private final World world;
    private final SimProcess process = new SimProcess("stale-reader");
    private RoutingMap routing = RoutingMap.EMPTY;

    /** One question to one shard. */
    record Asked(String shard, String worker, Bytes dataKey, long sentNanos, long maxStalenessMillis) {}

    StaleReader(World world) {
        this.world = world;
    }

    void start() {
        process.start();
        long asked = world.routing().end();
        routing = world.mapAsOf(asked);
        world.routing().subscribe(process, asked, 200, this::routed);
        next();
    }

    private void routed(List<Entry<RoutingChange>> changes) {
        RoutingMap.Builder builder = routing.builder();
        for (Entry<RoutingChange> change : changes) {
            builder.apply(change.offset(), change.value().key(), change.value().record());
        }
        routing = builder.build();
    }

    private void next() {
        world.scheduler().after(world.scheduler().between(1, 20) * Scheduler.MILLI, process, () -> {
            ask();
            next();
        });
    }

    private void ask() {
        Workload.Space space = world.scheduler().oneOf(world.spaces());
        Bytes key = world.scheduler().oneOf(space.keys());
        Tablet tablet = routing.route(space.name(), space.placement().position(key));
        if (tablet == null) {
            return;
        }
        List<String> candidates = new ArrayList<>();
        for (ReadReplicaRoute replica : tablet.route().readReplicas()) {
            if (replica.state() != ReadReplicaState.LEAVING) {
                candidates.add(replica.shard());
            }
        }
        var migration = tablet.route().migration();
        boolean window = false;
        if (migration != null && migration.phase() == Phase.ROLLBACK_WINDOW) {
            window = true;
            candidates.add(migration.replica());
        }
        ask(space.dataKey(key), candidates, window);
    }

    private void ask(Bytes dataKey, List<String> candidates, boolean window) {
        if (candidates.isEmpty()) {
            return;
        }
        String shard = world.scheduler().oneOf(candidates);
        ShardRoute route = routing.shard(shard);
        SimWorker worker = route == null ? null : world.worker(route.worker());
        if (worker == null) {
            return;
        }
        // The window's bound is the engines'; replicas are all added with the other one.
        long most = Math.max(
                Operator.REPLICA_STALENESS_MILLIS, world.settings().engine().windowStalenessMillis());
        Asked asked = new Asked(shard, worker.name(), dataKey, world.scheduler().nowNanos(), most);
        world.scheduler()
                .after(world.scheduler().between(50_000, 2 * Scheduler.MILLI), () -> arrive(worker, asked, window));
    }

    private void arrive(SimWorker worker, Asked asked, boolean window) {
        long now = world.scheduler().nowNanos();
        if (!worker.process().isAlive()) {
            return;
        }
        if (worker.process().isPaused(now)) {
            world.scheduler().after(worker.process().pausedUntilNanos() - now + 1, () -> arrive(worker, asked, window));
            return;
        }
        worker.requestStale(asked.shard(), new Operation.Get(asked.dataKey()), reply -> {
            if (reply instanceof Reply.Value value) {
                world.count(window ? "stale reads at a window's former owner" : "stale reads at a read replica");
                world.staleAnswered(asked, value.value());
            } else {
                world.count("stale reads refused");
            }
        });
    }
}
