package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Reply.Failure;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.runtime.ShardDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A worker's shards, each a map behind one thread. What a shard owns is told by the engine map, which may run ahead. */
final class FakeShards implements ShardDirectory, AutoCloseable {
    static final int MAX_VALUE_BYTES = 1000;

    final Map<String, Shard> shards = new ConcurrentHashMap<>();
    volatile RoutingMap routing = RoutingMap.EMPTY;
    volatile RoutingMap engineMap = RoutingMap.EMPTY;
    volatile long lastReceivedNanos;
    volatile int admissionLimit = Integer.MAX_VALUE;
    /** How often a shard has taken no request, since it held as many as it may. */
    final AtomicInteger refused = new AtomicInteger();

    /** Answers instead of the shard where it gives a reply. */
    volatile Function<Operation, Reply> override = operation -> null;

    volatile List<Report.ReplicaProgress> replications = List.of();

    Shard host(String name) {
        return shards.computeIfAbsent(name, Shard::new);
    }

    void drop(String name) {
        shards.remove(name).close();
    }

    void map(RoutingMap map) {
        engineMap = map;
        routing = map;
    }

    /** From now on all shards work on the same rows, as if a migration were instantaneous. */
    void shareRows() {
        NavigableMap<Bytes, Bytes> rows = new ConcurrentSkipListMap<>();
        shards.values().forEach(shard -> shard.rows = rows);
    }

    @Override
    public RoutingMap routing() {
        return routing;
    }

    @Override
    public List<Report.ReplicaProgress> replications() {
        return replications;
    }

    @Override
    public Set<String> hosted() {
        return Set.copyOf(shards.keySet());
    }

    @Override
    public boolean submit(String name, Request request) {
        Shard shard = shards.get(name);
        if (shard == null) {
            request.replies().reply(new Reply.Failed(Failure.TRY_AGAIN, "shard " + name + " has closed"));
            return true;
        }
        return shard.submit(request);
    }

    @Override
    public void close() {
        shards.values().forEach(Shard::close);
    }

    /** One shard: a single thread and its rows. */
    final class Shard implements AutoCloseable {
        private final String name;
        private final ExecutorService loop;
        volatile NavigableMap<Bytes, Bytes> rows = new ConcurrentSkipListMap<>();
        final AtomicInteger queued = new AtomicInteger();
        final AtomicInteger mostQueued = new AtomicInteger();
        final List<Operation> executed = new CopyOnWriteArrayList<>();
        volatile boolean record;
        private final Semaphore open = new Semaphore(1);

        Shard(String name) {
            this.name = name;
            this.loop = Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "fake-shard-" + name);
                thread.setDaemon(true);
                return thread;
            });
        }

        /** Stops executing until {@link #release}. */
        void hold() {
            open.acquireUninterruptibly();
        }

        void release() {
            open.release();
        }

        private boolean submit(Request request) {
            int now = queued.incrementAndGet();
            if (now > admissionLimit) {
                queued.decrementAndGet();
                refused.incrementAndGet();
                return false;
            }
            mostQueued.accumulateAndGet(now, Math::max);
            loop.execute(() -> {
                open.acquireUninterruptibly();
                open.release();
                Reply reply = execute(request);
                queued.decrementAndGet();
                request.replies().reply(reply);
            });
            return true;
        }

        private Reply execute(Request request) {
            Operation operation = request.operation();
            lastReceivedNanos = request.receivedNanos();
            Reply given = override.apply(operation);
            if (given != null) {
                return given;
            }
            if (operation instanceof Operation.Keyed keyed && !request.replicaRead()) {
                for (Bytes key : keyed.keys()) {
                    String owner = owner(key);
                    if (!name.equals(owner)) {
                        return owner == null
                                ? new Reply.Failed(Failure.UNOWNED, "nobody owns " + key)
                                : new Reply.Moved(key, owner);
                    }
                }
            }
            if (record) {
                executed.add(operation);
            }
            synchronized (FakeShards.this) {
                return apply(operation);
            }
        }

        private String owner(Bytes key) {
            RoutingMap map = engineMap;
            int id = ShardKeys.keyspaceId(key);
            for (var keyspace : map.keyspaces()) {
                if (keyspace.id() == id) {
                    RoutingMap.Tablet tablet = map.route(keyspace.keyspace(), ShardKeys.position(key));
                    return tablet == null ? null : tablet.shard();
                }
            }
            return null;
        }

        private Reply apply(Operation operation) {
            return switch (operation) {
                case Operation.Get get -> new Reply.Value(rows.get(get.key()));
                case Operation.MultiGet get -> {
                    List<Bytes> values = new ArrayList<>();
                    get.keys().forEach(key -> values.add(rows.get(key)));
                    yield new Reply.Values(values);
                }
                case Operation.Exists exists ->
                    new Reply.Int(
                            exists.keys().stream().filter(rows::containsKey).count());
                case Operation.StringLength length -> {
                    Bytes value = rows.get(length.key());
                    yield new Reply.Int(value == null ? 0 : value.length());
                }
                case Operation.Set set -> set(set);
                case Operation.MultiSet set -> {
                    for (int i = 0; i < set.keys().size(); i++) {
                        rows.put(set.keys().get(i), set.values().get(i));
                    }
                    yield Reply.Ok.OK;
                }
                case Operation.Delete delete ->
                    new Reply.Int(delete.keys().stream()
                            .filter(key -> rows.remove(key) != null)
                            .count());
                case Operation.Increment increment -> increment(increment);
                case Operation.Append append -> {
                    Bytes value = rows.getOrDefault(append.key(), Bytes.EMPTY).concat(append.suffix());
                    if (value.length() > MAX_VALUE_BYTES) {
                        yield new Reply.Failed(
                                Failure.TOO_LARGE,
                                "the value would have " + value.length() + " bytes; the limit is " + MAX_VALUE_BYTES);
                    }
                    rows.put(append.key(), value);
                    yield new Reply.Int(value.length());
                }
                case Operation.GetDelete get -> new Reply.Value(rows.remove(get.key()));
                case Operation.Scan scan -> scan(scan);
                case Operation.Count count ->
                    new Reply.Int(rows.subMap(count.from(), count.to()).keySet().stream()
                            .filter(key -> name.equals(owner(key)))
                            .count());
            };
        }

        private Reply set(Operation.Set set) {
            Bytes old = rows.get(set.key());
            boolean holds = switch (set.condition()) {
                case ALWAYS -> true;
                case IF_ABSENT -> old == null;
                case IF_PRESENT -> old != null;
                case IF_EQUAL -> old != null && old.equals(set.expected());
            };
            if (holds) {
                rows.put(set.key(), set.value());
            }
            if (set.returnOld()) {
                return new Reply.Value(old);
            }
            return holds ? Reply.Ok.OK : Reply.Value.NONE;
        }

        private Reply increment(Operation.Increment increment) {
            Bytes old = rows.get(increment.key());
            try {
                long sum = Math.addExact(old == null ? 0 : Long.parseLong(old.toUtf8()), increment.delta());
                rows.put(increment.key(), Bytes.utf8(Long.toString(sum)));
                return new Reply.Int(sum);
            } catch (NumberFormatException e) {
                return new Reply.Failed(Failure.NOT_AN_INTEGER, "not a number: " + old);
            } catch (ArithmeticException e) {
                return new Reply.Failed(Failure.OVERFLOW, "overflow");
            }
        }

        /** Looks at {@code limit} rows, owned or not, as an engine may. */
        private Reply scan(Operation.Scan scan) {
            List<Bytes> keys = new ArrayList<>();
            int seen = 0;
            for (Bytes key : rows.subMap(scan.from(), scan.to()).keySet()) {
                if (seen++ == scan.limit()) {
                    return new Reply.Keys(keys, key);
                }
                if (name.equals(owner(key))) {
                    keys.add(key);
                }
            }
            return new Reply.Keys(keys, null);
        }

        @Override
        public void close() {
            loop.shutdownNow();
        }
    }
}
