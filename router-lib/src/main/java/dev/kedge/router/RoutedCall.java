package dev.kedge.router;

import dev.kedge.model.Bytes;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.router.OperationObserver.Ended;
import dev.kedge.router.OperationObserver.Result;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.commands.ProtocolCommand;

/**
 * Carries out one request at the worker that owns its key: goes where the map says, follows MOVED, repeats what is safe to repeat until
 * the deadline. Reads are always safe; a write only if it certainly was not executed. Waits by waiting for a newer map, so a switch that
 * becomes known ends the wait.
 */
final class RoutedCall {
    private final KedgeClient client;
    private final String keyspace;
    private final ClientSettings settings;
    private final OperationObserver observer;

    RoutedCall(KedgeClient client, String keyspace, ClientSettings settings, OperationObserver observer) {
        this.client = client;
        this.keyspace = keyspace;
        this.settings = settings;
        this.observer = observer;
    }

    /** The keys are of several shards; the caller asks for them one by one. */
    static final class SplitKeysException extends KedgeException {
        SplitKeysException(String operation) {
            super(operation + " names keys of several shards: use one request per key, or keys that share a shard");
        }
    }

    /**
     * @param key the key to route by, one of the arguments
     * @param maxStalenessMillis of a read: how old its answer may be, its arguments being keys; 0 = not at all
     */
    record Request(ProtocolCommand command, Bytes key, List<Bytes> arguments, boolean write, long maxStalenessMillis) {
        Request(ProtocolCommand command, Bytes key, List<Bytes> arguments, boolean write) {
            this(command, key, arguments, write, 0);
        }

        String name() {
            return String.valueOf(command);
        }
    }

    /** What happened to one operation so far. */
    private static final class Course {
        final long startNanos = System.nanoTime();
        int redirects;
        int retries;
        Duration backoff;
        String lastWhy = "";

        @Nullable
        Throwable lastCause;

        Course(Duration firstBackoff) {
            backoff = firstBackoff;
        }
    }

    @Nullable
    Object call(Request request) {
        Course course = new Course(settings.firstBackoff());
        Result result = Result.FAILED;
        try {
            Object value = run(request, course);
            result = Result.OK;
            return value;
        } catch (IndeterminateOutcomeException e) {
            result = Result.INDETERMINATE;
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException(
                    describe(request) + " was interrupted before a worker took it; it had no effect", e);
        } finally {
            observer.ended(new Ended(
                    request.name(),
                    keyspace,
                    request.key(),
                    course.startNanos,
                    System.nanoTime() - course.startNanos,
                    course.redirects,
                    course.retries,
                    result));
        }
    }

    private @Nullable Object run(Request request, Course course) throws InterruptedException {
        Answer.Done stale = atReplica(request, course);
        if (stale != null) {
            return stale.value();
        }
        Endpoint told = null;
        while (true) {
            RoutingMap map = client.routing().map();
            Endpoint target = told != null ? told : owner(map, request.key(), course);
            told = null;
            if (target == null) {
                pause(map.version(), request, course);
                continue;
            }
            Answer answer =
                    client.pool(target, keyspace, false).send(request.command(), request.arguments(), left(course));
            if (answer instanceof Answer.Done done) {
                return done.value();
            } else if (answer instanceof Answer.Moved moved) {
                told = redirect(moved, target, map.version(), request, course);
            } else if (answer instanceof Answer.Again again) {
                again(again.why(), again.cause(), map.version(), request, course);
            } else if (answer instanceof Answer.Unknown unknown) {
                if (request.write()) {
                    throw new IndeterminateOutcomeException(describe(request), unknown.why(), unknown.cause());
                }
                again(unknown.why(), unknown.cause(), map.version(), request, course);
            } else if (answer instanceof Answer.CrossSlot) {
                throw new SplitKeysException(describe(request));
            } else if (answer instanceof Answer.Refused refused) {
                throw new RefusedException(describe(request) + " was refused by " + target + ": " + refused.message());
            }
        }
    }

    /**
     * A read replica's answer; null if there is none whose answers are young enough, or it has none to give now: then the owner is asked, who
     * always has.
     */
    private Answer.@Nullable Done atReplica(Request request, Course course) throws InterruptedException {
        if (request.maxStalenessMillis() <= 0) {
            return null;
        }
        Endpoint replica = replica(client.routing().map(), request);
        if (replica == null) {
            return null;
        }
        Answer answer = client.pool(replica, keyspace, true)
                .send(request.command(), request.arguments(), left(course).dividedBy(2));
        if (answer instanceof Answer.Done done) {
            return done;
        }
        course.redirects += answer instanceof Answer.Moved ? 1 : 0;
        course.retries += answer instanceof Answer.Moved ? 0 : 1;
        return null;
    }

    /** One of the workers that follow the tablets of all keys closely enough. */
    private @Nullable Endpoint replica(RoutingMap map, Request request) {
        KeyspaceRoute route = map.keyspace(keyspace);
        if (route == null) {
            return null;
        }
        Set<String> shards = null;
        for (Bytes key : request.arguments()) {
            RoutingMap.Tablet tablet = map.route(keyspace, route.placement().position(key));
            Set<String> following = tablet == null ? Set.of() : following(tablet, request.maxStalenessMillis());
            if (shards == null) {
                shards = new HashSet<>(following);
            } else {
                shards.retainAll(following);
            }
        }
        List<WorkerRoute> workers = new ArrayList<>();
        for (String shard : shards == null ? Set.<String>of() : shards) {
            WorkerRoute worker = map.endpoint(shard);
            if (worker != null) {
                workers.add(worker);
            }
        }
        if (workers.isEmpty()) {
            return null;
        }
        WorkerRoute chosen = workers.get(ThreadLocalRandom.current().nextInt(workers.size()));
        return new Endpoint(chosen.host(), chosen.port());
    }

    private static Set<String> following(RoutingMap.Tablet tablet, long maxStalenessMillis) {
        Set<String> shards = new HashSet<>();
        for (ReadReplicaRoute replica : tablet.route().readReplicas()) {
            if (replica.state() == ReadReplicaState.FOLLOWING && replica.maxStalenessMillis() <= maxStalenessMillis) {
                shards.add(replica.shard());
            }
        }
        return shards;
    }

    /**
     * Where to go after MOVED. The worker asked may be ahead of this map or behind it: the first time its word is followed at once, since
     * that is what costs least; when redirects repeat, the map decides once it has moved past the version used.
     */
    private @Nullable Endpoint redirect(
            Answer.Moved moved, Endpoint from, long usedVersion, Request request, Course course)
            throws InterruptedException {
        course.redirects++;
        course.lastWhy = from + " said that the key had moved" + (moved.to() == null ? "" : " to " + moved.to());
        if (course.redirects == 1 && moved.to() != null && !moved.to().equals(from)) {
            return moved.to();
        }
        pause(usedVersion, request, course);
        boolean mapMoved = client.routing().version() > usedVersion;
        // without a newer map, going where the map says would only be sent back: the word of the worker is all there is
        return mapMoved || course.redirects % 2 == 0 ? null : moved.to();
    }

    private void again(String why, @Nullable Throwable cause, long usedVersion, Request request, Course course)
            throws InterruptedException {
        course.retries++;
        if (course.lastWhy.isEmpty() || !left(course).isNegative()) {
            course.lastWhy = why; // but "the time was over" tells less than what used it up
            course.lastCause = cause;
        }
        pause(usedVersion, request, course);
    }

    /** Waits a little, or until the map is newer than the one used. Ends the operation when its time is over. */
    private void pause(long usedVersion, Request request, Course course) throws InterruptedException {
        Duration left = left(course);
        if (left.isZero() || left.isNegative()) {
            throw new UnavailableException(
                    describe(request) + " did not succeed within "
                            + settings.deadline().toMillis() + " ms (" + course.redirects + " redirects, "
                            + course.retries + " retries) and had no effect: " + course.lastWhy,
                    course.lastCause);
        }
        long longest = course.backoff.toNanos();
        Duration wait =
                Duration.ofNanos(longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1));
        client.routing().awaitVersion(usedVersion + 1, wait.compareTo(left) < 0 ? wait : left);
        Duration doubled = course.backoff.multipliedBy(2);
        course.backoff = doubled.compareTo(settings.longestBackoff()) < 0 ? doubled : settings.longestBackoff();
    }

    private Duration left(Course course) {
        return settings.deadline().minusNanos(System.nanoTime() - course.startNanos);
    }

    /** Null while the map does not tell: the keyspace may just be about to be created, so that counts as "not yet". */
    private @Nullable Endpoint owner(RoutingMap map, Bytes key, Course course) {
        KeyspaceRoute route = map.keyspace(keyspace);
        RoutingMap.Tablet tablet =
                route == null ? null : map.route(keyspace, route.placement().position(key));
        if (tablet == null) {
            course.lastWhy = "the keyspace '" + keyspace + "' is not in the routing map (version " + map.version()
                    + "). Check its name, or create it with `kedge keyspace create`";
            return null;
        }
        WorkerRoute worker = map.endpoint(tablet.shard());
        if (worker == null) {
            course.lastWhy = "the routing map (version " + map.version() + ") knows no worker for " + tablet.shard();
            return null;
        }
        return new Endpoint(worker.host(), worker.port());
    }

    private String describe(Request request) {
        return request.name() + " of key " + request.key() + " in keyspace '" + keyspace + "'";
    }
}
