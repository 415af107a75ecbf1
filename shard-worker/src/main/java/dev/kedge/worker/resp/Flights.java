package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection that have been run but not replied to, in order. Confined to the connection's event loop.
 *
 * <p>Order: two requests for one key must reach the engine that serves the key in the order they came. A shard takes its
 * requests in the order submitted, so it is enough that requests in flight for one key were all submitted to the same shard:
 * while any is in flight, one whose shard is no longer what it was for the map the others went by waits for them ({@link
 * #start} returns false). Requests a shard sends on ({@link Reply.Moved}) come back in the order they were submitted, and are
 * submitted again in that order. That leaves one gap, which no migration is quick enough for: a tablet that changes hands twice
 * while a request is in flight.
 */
final class Flights {
    private static final int MAX_HOPS = 8;

    private final Front front;
    private final Routes routes;
    private final Pending.Loop loop;
    private final ReplyBudget budget;
    private final ArrayDeque<Pending> queue = new ArrayDeque<>();

    /** Not taken by their shard yet. While there are any, nothing else is submitted. */
    private final ArrayDeque<Submission> owed = new ArrayDeque<>();

    /** The map by which all flights in the queue were submitted, or one that sends their keys to the same shards. */
    private RoutingMap routedBy = RoutingMap.EMPTY;

    private int flying;
    /** Of the queue, those whose replies may weigh anything. */
    private int reads;

    private record Submission(String shard, Request request) {}

    Flights(Front front, Pending.Loop loop) {
        this.front = front;
        this.routes = new Routes(front.settings().workerId());
        this.loop = loop;
        this.budget = new ReplyBudget(front.settings().limits(), front.replyMemory());
    }

    boolean hasRoom() {
        return budget.admits(queue.size(), reads);
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /**
     * Carries out a request's outcome.
     *
     * @return false if it has to wait for requests in flight: to be called again after one of them was polled
     */
    boolean start(Outcome outcome, Session session, long receivedNanos) {
        return switch (outcome) {
            case Outcome.Done done -> answered(session, done.answer());
            case Outcome.Last last -> answered(session, last.answer());
            case Outcome.HangUp hangUp -> true;
            case Outcome.Ask ask -> ask(ask, session, receivedNanos);
            case Outcome.AskAll ask -> askAll(ask, session, receivedNanos);
        };
    }

    /** The next reply in order, its size to be told to {@link #written}; null if it is not there yet. */
    @Nullable
    Pending poll() {
        Pending head = queue.peek();
        if (head == null || head.answer() == null) {
            return null;
        }
        queue.poll();
        if (!head.isLight()) {
            reads--;
        }
        if (queue.isEmpty()) {
            front.replyMemory().leave();
        }
        if (head instanceof Pending.Flight) {
            flying--;
        }
        return head;
    }

    void written(Pending reply, int bytes) {
        if (!reply.isLight()) {
            budget.observe(bytes);
        }
    }

    /** Whether a shard has yet to take a request: nothing may be started meanwhile. */
    boolean owes() {
        return !owed.isEmpty();
    }

    /** Submits what a shard has refused before. Returns whether nothing is owed any more. */
    boolean submitOwed() {
        for (Submission next = owed.peek(); next != null; next = owed.peek()) {
            if (!front.shards().submit(next.shard, next.request)) {
                front.stats().admissionWaits.increment();
                return false;
            }
            owed.poll();
        }
        return true;
    }

    /** The engine a flight went to says that another shard owns its key. */
    void moved(Pending.Flight flight, Reply.Moved moved) {
        Set<String> hosted = front.shards().hosted();
        if (!hosted.contains(moved.shard())) {
            Bytes position = ShardKeys.position(moved.key());
            flight.settle(new Answer.Failure(
                    routes.moved(front.shards().routing(), flight.ask().keyspace(), position, moved.shard())));
        } else if (flight.hop() > MAX_HOPS) {
            flight.settle(
                    new Answer.Failure("TRYAGAIN the key is moving to shard " + moved.shard() + ", nothing was done"));
        } else {
            // Both shards are here: a client told to go where it already is would go round in circles.
            front.stats().handedOn.increment();
            submit(moved.shard(), flight.request(false));
        }
    }

    void clear() {
        if (!queue.isEmpty()) {
            front.replyMemory().leave();
        }
        queue.clear();
        owed.clear();
        flying = 0;
        reads = 0;
    }

    private void enqueue(Pending pending) {
        if (queue.isEmpty()) {
            front.replyMemory().enter();
        }
        queue.add(pending);
        if (!pending.isLight()) {
            reads++;
        }
    }

    private boolean answered(Session session, Answer answer) {
        enqueue(new Pending.Answered(session.protocol, answer));
        return true;
    }

    private boolean ask(Outcome.Ask ask, Session session, long receivedNanos) {
        RoutingMap map = front.shards().routing();
        Set<String> hosted = front.shards().hosted();
        boolean replicaReads = session.replicaReads && !(ask.operation() instanceof Operation.Write);
        return switch (routes.target(map, hosted, ask.keyspace(), ask.positions(), replicaReads)) {
            case Routes.Elsewhere elsewhere -> answered(session, new Answer.Failure(elsewhere.error()));
            case Routes.Here here -> {
                if (flying == 0) {
                    routedBy = map;
                } else if (map != routedBy && elsewhereBefore(here.shard(), hosted, ask, replicaReads)) {
                    yield false;
                }
                Pending.Flight flight = new Pending.Flight(session.protocol, loop, ask, receivedNanos);
                enqueue(flight);
                flying++;
                submit(here.shard(), flight.request(here.replicaRead()));
                yield true;
            }
        };
    }

    /** Whether a request in flight for one of the keys may have gone to another shard. */
    private boolean elsewhereBefore(String shard, Set<String> hosted, Outcome.Ask ask, boolean replicaReads) {
        for (Bytes position : ask.positions()) {
            if (routes.target(routedBy, hosted, ask.keyspace(), position, replicaReads) instanceof Routes.Here before
                    && !before.shard().equals(shard)) {
                return true;
            }
        }
        return false;
    }

    private boolean askAll(Outcome.AskAll ask, Session session, long receivedNanos) {
        List<String> shards = List.copyOf(front.shards().hosted());
        Pending.FanOut fanOut = new Pending.FanOut(session.protocol, loop, ask, shards.size());
        enqueue(fanOut);
        for (int op = 0; op < fanOut.operations(); op++) {
            for (int shard = 0; shard < shards.size(); shard++) {
                submit(
                        shards.get(shard),
                        new Request(fanOut.operation(op), receivedNanos, false, fanOut.leg(op, shard)));
            }
        }
        return true;
    }

    private void submit(String shard, Request request) {
        if (!owed.isEmpty() || !front.shards().submit(shard, request)) {
            owed.add(new Submission(shard, request));
        }
    }
}
