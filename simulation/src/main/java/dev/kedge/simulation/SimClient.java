package dev.kedge.simulation;

import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.router.RoutingMap;
import dev.kedge.router.RoutingMap.Tablet;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.simulation.ControlTopic.Entry;
import dev.kedge.simulation.Workload.Work;
import dev.kedge.worker.engine.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A simulated client with a routing map of its own: one operation at a time, repeated only while it certainly was not executed, as the
 * real client does.
 */
final class SimClient {
    private static final long DEADLINE_NANOS = 4_000 * Scheduler.MILLI;
    private static final long REQUEST_TIMEOUT_NANOS = 1_500 * Scheduler.MILLI;

    private final World world;
    private final Workload workload;
    private final SimProcess process;
    private final long mapLagMillis;
    private RoutingMap routing = RoutingMap.EMPTY;
    private ControlTopic.@Nullable Subscription<RoutingChange> subscription;
    private @Nullable Attempt current;

    /** @param mapLagMillis how late its routing map may be */
    SimClient(World world, Workload workload, String name, long mapLagMillis) {
        this.world = world;
        this.mapLagMillis = mapLagMillis;
        this.workload = workload;
        this.process = new SimProcess(name);
    }

    SimProcess process() {
        return process;
    }

    ControlTopic.@Nullable Subscription<RoutingChange> subscription() {
        return subscription;
    }

    /** One operation under way. */
    private static final class Attempt {
        final Work work;
        final long startedNanos;
        int number;
        int redirects;

        Attempt(Work work, long startedNanos) {
            this.work = work;
            this.startedNanos = startedNanos;
        }
    }

    void start() {
        process.start();
        current = null;
        long asked = world.routing().end();
        world.scheduler().after(world.scheduler().between(1, 20) * Scheduler.MILLI, process, () -> {
            routing = world.mapAsOf(asked);
            subscription = world.routing().subscribe(process, asked, mapLagMillis, this::routed);
            next();
        });
    }

    /** What it was doing has an unknown outcome for ever. */
    void crash() {
        process.kill();
        current = null;
    }

    boolean isIdle() {
        return current == null;
    }

    private void routed(List<Entry<RoutingChange>> changes) {
        RoutingMap.Builder builder = routing.builder();
        for (Entry<RoutingChange> change : changes) {
            builder.apply(change.offset(), change.value().key(), change.value().record());
        }
        routing = builder.build();
    }

    private void next() {
        long think = world.scheduler().between(1, 25) * Scheduler.MILLI;
        world.scheduler().after(think, process, () -> {
            Work work = workload.next(process.name());
            if (work == null) {
                next();
                return;
            }
            Attempt attempt = new Attempt(work, world.scheduler().nowNanos());
            current = attempt;
            work.invoke(world.history());
            send(attempt, null);
        });
    }

    private void send(Attempt attempt, @Nullable String told) {
        attempt.number++;
        SimWorker target = told == null ? owner(attempt.work) : world.worker(told);
        if (target == null) {
            again(attempt);
            return;
        }
        int number = attempt.number;
        Work work = attempt.work;
        world.network().send(target, work.keyspace(), work.position(), work.operation(), process, result -> {
            if (current == attempt && attempt.number == number) {
                heard(attempt, result);
            }
        });
        world.scheduler().after(REQUEST_TIMEOUT_NANOS, process, () -> {
            if (current == attempt && attempt.number == number) {
                heard(attempt, new Network.Result.Broken());
            }
        });
    }

    private @Nullable SimWorker owner(Work work) {
        Tablet tablet = routing.route(work.keyspace(), work.position());
        ShardRoute shard = tablet == null ? null : routing.shard(tablet.shard());
        return shard == null ? null : world.worker(shard.worker());
    }

    private void heard(Attempt attempt, Network.Result result) {
        world.trace().say(() -> process.name() + " asked " + attempt.work.operation() + ", heard " + result);
        switch (result) {
            case Network.Result.Refused r -> again(attempt);
            case Network.Result.Broken b -> {
                if (attempt.work.isWrite()) {
                    attempt.work.indeterminate();
                    done();
                } else {
                    again(attempt);
                }
            }
            case Network.Result.Answered a -> answered(attempt, a.reply());
        }
    }

    private void answered(Attempt attempt, Reply reply) {
        switch (reply) {
            case Reply.Moved moved -> {
                attempt.redirects++;
                ShardRoute shard = routing.shard(moved.shard());
                if (attempt.redirects % 2 == 1 && shard != null) {
                    send(attempt, shard.worker());
                } else {
                    again(attempt);
                }
            }
            case Reply.Failed failed -> {
                switch (failed.failure()) {
                    case TRY_AGAIN, UNOWNED -> again(attempt);
                    case INDETERMINATE -> {
                        world.count("indeterminate answers");
                        attempt.work.indeterminate();
                        done();
                    }
                    case CROSS_SLOT, NOT_AN_INTEGER, OVERFLOW, TOO_LARGE -> {
                        attempt.work.failed();
                        done();
                    }
                }
            }
            case Reply.Ok ok -> succeeded(attempt, reply);
            case Reply.Value value -> succeeded(attempt, reply);
            case Reply.Values values -> succeeded(attempt, reply);
            case Reply.Int number -> succeeded(attempt, reply);
            case Reply.Keys keys -> succeeded(attempt, reply);
        }
    }

    private void succeeded(Attempt attempt, Reply reply) {
        attempt.work.ok(world, reply);
        world.count("operations");
        done();
    }

    private void again(Attempt attempt) {
        if (world.scheduler().nowNanos() - attempt.startedNanos > DEADLINE_NANOS && !attempt.work.isFinal()) {
            attempt.work.failed();
            world.count("operations given up");
            done();
            return;
        }
        world.scheduler().after(world.scheduler().between(1, 30) * Scheduler.MILLI, process, () -> {
            if (current == attempt) {
                send(attempt, null);
            }
        });
    }

    private void done() {
        current = null;
        next();
    }
}
