package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A world for a few engines, by hand: logs are lists, deliveries happen when {@link #run} is called, time passes when {@link #pass} is. What a
 * test does not hold back arrives in order.
 */
final class World {
    static final long COMPACTION_LAG_MILLIS = 3_600_000;

    final Map<String, List<Logged>> logs = new HashMap<>();
    final Map<String, Node> nodes = new HashMap<>();
    final List<Report> reports = new ArrayList<>();
    RoutingMap map = RoutingMap.EMPTY;
    long version;
    long nanos = 1_000_000_000_000L;
    private long incarnations = 100;

    static String topic(String shard) {
        return "kedge.shard." + shard + ".g1";
    }

    long route(RoutingRecord record) {
        map = map.with(version, record.key(), record);
        nodes.values().forEach(n -> n.inbox.add(() -> n.engine.routing(map)));
        return version++;
    }

    Node node(String shard, EngineSettings settings) {
        return nodes.computeIfAbsent(shard, s -> new Node(s, settings));
    }

    /** Delivers everything that is on its way, until nothing is. */
    void run() {
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Node node : nodes.values()) {
                moved |= node.step();
            }
        }
    }

    /** Time passes in steps of 10 ms. */
    void pass(long millis) {
        for (long t = 0; t < millis; t += 10) {
            nanos += 10_000_000;
            run();
            nodes.values().forEach(n -> n.engine.tick());
            run();
        }
    }

    /** One shard's engine with what it stands on. */
    final class Node implements Ports, Ports.Log, Ports.SourceLogs, Ports.Digests, Ports.Clock {
        final String shard;
        final EngineSettings settings;
        final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
        MemoryStore store = new MemoryStore();
        LogRecovery recovery = new LogRecovery(COMPACTION_LAG_MILLIS, false);
        Shard engine;
        /** Appends wait here while true. */
        boolean hold;
        /** Offsets that compaction has removed from this shard's log. */
        final Set<Long> cleaned = new HashSet<>();
        /** Nothing of other shards' logs comes in while true. */
        boolean cutOff;

        final ArrayDeque<Runnable> held = new ArrayDeque<>();
        private long generation;
        private final Map<Long, Source> sources = new HashMap<>();

        private static final class Source {
            final String topic;
            long next;
            boolean paused;
            boolean told;

            Source(String topic, long next) {
                this.topic = topic;
                this.next = next;
            }
        }

        Node(String shard, EngineSettings settings) {
            this.shard = shard;
            this.settings = settings;
            logs.computeIfAbsent(topic(shard), t -> new ArrayList<>());
            engine = new Shard(shard, "w-" + shard, this, settings, recovery);
        }

        /** Kills the engine and starts another on the same log, with the store or without. */
        void restart(boolean keepStore) {
            generation++;
            inbox.clear();
            held.clear();
            hold = false;
            sources.clear();
            if (!keepStore) {
                store = new MemoryStore();
            }
            engine = new Shard(shard, "w-" + shard, this, settings, recovery);
            engine.start(1, map);
        }

        boolean step() {
            boolean moved = false;
            Runnable next = inbox.poll();
            while (next != null) {
                moved = true;
                next.run();
                next = inbox.poll();
            }
            for (Map.Entry<Long, Source> entry : new ArrayList<>(sources.entrySet())) {
                moved |= deliver(entry.getKey(), entry.getValue());
            }
            if (moved) {
                engine.endOfBatch();
                engine.tick();
            }
            return moved;
        }

        private boolean deliver(long id, Source source) {
            List<Logged> log = logs.getOrDefault(source.topic, List.of());
            if (cutOff || source.paused || (source.told && source.next >= log.size())) {
                return false;
            }
            source.told = true;
            int to = (int) Math.min(log.size(), source.next + 3);
            List<Logged> chunk = List.copyOf(log.subList((int) source.next, to));
            source.next = to;
            engine.sourceRecords(id, chunk, to, log.size());
            return true;
        }

        Reply ask(Operation operation) {
            List<Reply> replies = send(operation);
            run();
            if (replies.size() != 1) {
                throw new AssertionError(operation + " got " + replies);
            }
            return replies.get(0);
        }

        List<Reply> send(Operation operation) {
            return send(operation, false);
        }

        /** What a client gets that accepts stale reads. */
        Reply askStale(Operation operation) {
            List<Reply> replies = send(operation, true);
            run();
            if (replies.size() != 1) {
                throw new AssertionError(operation + " got " + replies);
            }
            return replies.get(0);
        }

        private List<Reply> send(Operation operation, boolean replicaRead) {
            List<Reply> replies = new ArrayList<>();
            inbox.add(() -> engine.request(new Request(operation, nanos, replicaRead, replies::add)));
            return replies;
        }

        // ---- ports

        @Override
        public Log log() {
            return this;
        }

        @Override
        public Store store() {
            return store;
        }

        @Override
        public SourceLogs sources() {
            return this;
        }

        @Override
        public Digests digests() {
            return this;
        }

        @Override
        public Reports reports() {
            return report -> {
                reports.add(report);
                if (report instanceof Report.ReplicaProgress progress) {
                    nodes.values().forEach(n -> n.inbox.add(() -> n.engine.replicaProgress(progress)));
                } else if (report instanceof Report.ForegroundLatency latency) {
                    nodes.values().forEach(n -> n.inbox.add(() -> n.engine.foregroundLatency(latency)));
                }
            };
        }

        @Override
        public Clock clock() {
            return this;
        }

        @Override
        public long nextIncarnation() {
            return incarnations++;
        }

        @Override
        public long monotonicNanos() {
            return nanos;
        }

        @Override
        public long wallMillis() {
            return nanos / 1_000_000;
        }

        @Override
        public void append(long token, Lane lane, Bytes key, ShardRecord record) {
            long mine = generation;
            Runnable arrive = () -> {
                List<Logged> log = logs.get(topic(shard));
                long offset = log.size();
                log.add(new Logged(offset, wallMillis(), key, record));
                if (mine == generation) {
                    inbox.add(() -> engine.appended(token, offset, wallMillis()));
                }
            };
            if (hold) {
                held.add(arrive);
            } else {
                arrive.run();
            }
        }

        void release() {
            hold = false;
            while (!held.isEmpty()) {
                held.poll().run();
            }
        }

        @Override
        public void read(long readId, long from, long to) {
            long mine = generation;
            inbox.add(() -> {
                if (mine == generation) {
                    engine.logRecords(
                            readId,
                            logs.get(topic(shard)).subList((int) from, (int) to).stream()
                                    .filter(r -> !cleaned.contains(r.offset()))
                                    .toList());
                    engine.logReadDone(readId);
                }
            });
        }

        @Override
        public void reset() {
            generation++;
            inbox.clear();
        }

        @Override
        public void open(long sourceId, String topic, long from) {
            sources.put(sourceId, new Source(topic, from));
        }

        @Override
        public void pause(long sourceId, boolean paused) {
            Source source = sources.get(sourceId);
            if (source != null) {
                source.paused = paused;
            }
        }

        @Override
        public void close(long sourceId) {
            sources.remove(sourceId);
        }

        @Override
        public void appendFence(long sourceId, Bytes key, ShardRecord.Fence fence) {
            List<Logged> log = logs.get(sources.get(sourceId).topic);
            log.add(new Logged(log.size(), wallMillis(), key, fence));
        }

        @Override
        public void digest(long digestId, Snapshot snapshot, Bytes from, Bytes to, Set<Integer> detailBuckets) {
            DigestResult.Builder builder = new DigestResult.Builder(detailBuckets);
            snapshot.forEach(from, to, (key, value) -> {
                builder.add(
                        key,
                        value.length,
                        (long) Arrays.hashCode(key) << 32,
                        Arrays.hashCode(key) * 31L + Arrays.hashCode(value));
                return true;
            });
            DigestResult result = builder.build();
            inbox.add(() -> engine.digested(digestId, result));
        }

        @Override
        public void count(long countId, Snapshot snapshot, List<Span> spans) {
            long[] rows = new long[1];
            spans.forEach(s -> snapshot.forEach(s.from(), s.to(), (key, value) -> ++rows[0] > 0));
            inbox.add(() -> engine.counted(countId, rows[0]));
        }
    }

    /** Rows in a sorted map. */
    static final class MemoryStore implements Ports.Store {
        final TreeMap<Bytes, byte[]> rows = new TreeMap<>();
        final Map<String, byte[]> metas = new HashMap<>();

        @Override
        public byte @Nullable [] get(Bytes key) {
            return rows.get(key);
        }

        @Override
        public List<Ports.Row> scan(Bytes from, Bytes to, int limit) {
            return rows.subMap(from, to).entrySet().stream()
                    .limit(limit)
                    .map(e -> new Ports.Row(e.getKey(), e.getValue()))
                    .toList();
        }

        @Override
        public byte @Nullable [] meta(String name) {
            return metas.get(name);
        }

        @Override
        public Ports.Batch batch() {
            return new MemoryBatch();
        }

        @Override
        public Ports.Snapshot snapshot() {
            TreeMap<Bytes, byte[]> copy = new TreeMap<>(rows);
            return new Ports.Snapshot() {
                @Override
                public void forEach(Bytes from, Bytes to, Ports.RowVisitor visitor) {
                    for (Map.Entry<Bytes, byte[]> row : copy.subMap(from, to).entrySet()) {
                        if (!visitor.row(row.getKey().array(), row.getValue())) {
                            return;
                        }
                    }
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public void clear() {
            rows.clear();
            metas.clear();
        }

        @Override
        public Ports.Size estimate(Bytes from, Bytes to) {
            return new Ports.Size(rows.subMap(from, to).size(), 0);
        }

        private final class MemoryBatch implements Ports.Batch {
            private final List<Runnable> changes = new ArrayList<>();

            @Override
            public void put(Bytes key, byte[] value) {
                changes.add(() -> rows.put(key, value));
            }

            @Override
            public void delete(Bytes key) {
                changes.add(() -> rows.remove(key));
            }

            @Override
            public void deleteRange(Bytes from, Bytes to) {
                changes.add(() -> rows.subMap(from, to).clear());
            }

            @Override
            public void meta(String name, byte @Nullable [] value) {
                changes.add(() -> metas.put(name, value));
            }

            @Override
            public void commit() {
                changes.forEach(Runnable::run);
            }
        }
    }

    static Bytes key(String key) {
        return ShardKeys.data(1, Bytes.utf8(key));
    }

    <T extends Report> List<T> reports(Class<T> kind) {
        return reports.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    Set<String> keysOf(String shard) {
        Set<String> keys = new HashSet<>();
        nodes.get(shard)
                .store
                .rows
                .keySet()
                .forEach(k -> keys.add(ShardKeys.position(k).toUtf8()));
        return keys;
    }
}
