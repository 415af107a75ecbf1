package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Connections between clients and workers: requests and answers take time, and connections break. */
final class Network {
    /** What became of a request, as its client sees it. */
    sealed interface Result {
        record Answered(Reply reply) implements Result {}

        /** The worker never got it. */
        record Refused() implements Result {}

        /** Sent, and then the connection broke. */
        record Broken() implements Result {}
    }

    /** A request a worker has taken and not answered yet. */
    private static final class Exchange {
        final SimWorker worker;
        final Operation operation;
        long arrivedNanos;
        final SimProcess client;
        final int clientLife;
        final Consumer<Result> to;
        boolean answered;
        boolean ended;

        Exchange(SimWorker worker, Operation operation, SimProcess client, Consumer<Result> to) {
            this.worker = worker;
            this.operation = operation;
            this.client = client;
            this.clientLife = client.life();
            this.to = to;
        }
    }

    private final World world;
    private final Set<Exchange> open = new LinkedHashSet<>();
    /** Until when nothing gets through between a client and a worker. */
    private final Map<Pair, Long> cuts = new HashMap<>();

    private record Pair(String client, String worker) {}

    Network(World world) {
        this.world = world;
    }

    void cut(SimProcess client, SimWorker worker, long untilNanos) {
        cuts.merge(new Pair(client.name(), worker.name()), untilNanos, Math::max);
    }

    private boolean isCut(Exchange exchange) {
        return cuts.getOrDefault(new Pair(exchange.client.name(), exchange.worker.name()), 0L)
                > world.scheduler().nowNanos();
    }

    private long delay() {
        return world.scheduler().between(50_000, 2 * Scheduler.MILLI);
    }

    /** Sends one request; the client hears of it exactly once, unless it dies first. */
    void send(
            SimWorker worker,
            String keyspace,
            Bytes position,
            Operation operation,
            SimProcess client,
            Consumer<Result> to) {
        boolean breaks = world.strikes(Fault.BROKEN_CONNECTION, 0.003);
        Exchange exchange = new Exchange(worker, operation, client, to);
        if (breaks) {
            world.scheduler().after(delay(), () -> end(exchange, new Result.Broken()));
        }
        world.scheduler().after(delay(), () -> arrive(exchange, keyspace, position));
    }

    private void arrive(Exchange exchange, String keyspace, Bytes position) {
        SimWorker worker = exchange.worker;
        if (isCut(exchange)) {
            return; // the client's patience ends it
        }
        if (!worker.process().isAlive()) {
            end(exchange, new Result.Refused());
            return;
        }
        long now = world.scheduler().nowNanos();
        if (worker.process().isPaused(now)) {
            // It is read only when the process goes on, and that is when its time of arrival is taken.
            world.scheduler()
                    .after(worker.process().pausedUntilNanos() - now + 1, () -> arrive(exchange, keyspace, position));
            return;
        }
        exchange.arrivedNanos = now;
        open.add(exchange);
        worker.request(keyspace, position, exchange.operation, reply -> {
            if (exchange.answered) {
                throw World.violated(
                        "a request was answered twice: " + exchange.operation + ", the second time " + reply);
            }
            exchange.answered = true;
            open.remove(exchange);
            end(exchange, new Result.Answered(reply));
        });
    }

    private void end(Exchange exchange, Result result) {
        if (exchange.ended) {
            return;
        }
        exchange.ended = true;
        if (isCut(exchange)) {
            return;
        }
        if (exchange.client.life() == exchange.clientLife) {
            world.scheduler().after(delay(), exchange.client, () -> exchange.to.accept(result));
        }
    }

    /** The worker's process is gone, and its sockets with it. */
    void broke(SimWorker worker) {
        for (Exchange exchange : new ArrayList<>(open)) {
            if (exchange.worker == worker) {
                open.remove(exchange);
                end(exchange, new Result.Broken());
            }
        }
    }

    /** Requests that a living worker has not answered for longer than it may. */
    List<String> forgotten(long olderThanMillis) {
        List<String> found = new ArrayList<>();
        long before = world.scheduler().nowNanos() - olderThanMillis * Scheduler.MILLI;
        for (Exchange exchange : open) {
            if (exchange.arrivedNanos < before) {
                found.add(exchange.operation + " read by " + exchange.worker.name() + " at "
                        + exchange.arrivedNanos / Scheduler.MILLI + " ms");
            }
        }
        return found;
    }
}
