package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.HotKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Keys with what they hold and are asked for, for tests: tells what the owners of their tablets would report. */
public final class KeyLoad {
    private record Key(double qps, long bytes) {}

    private final Map<String, TreeMap<Bytes, Key>> keys = new LinkedHashMap<>();

    /** Shards that report nothing. */
    public final Set<String> silent = new LinkedHashSet<>();

    public void put(String keyspace, Bytes position, double qps, long bytes) {
        keys.computeIfAbsent(keyspace, k -> new TreeMap<>()).put(position, new Key(qps, bytes));
    }

    public void clear() {
        keys.clear();
    }

    /** Reads per second that read replicas serve, by their shard; nothing unless said. */
    public final Map<String, Double> followed = new LinkedHashMap<>();

    /** What all shards report of the interval that ends at {@code now}. */
    public List<Report.ShardLoad> reports(CellState state, long now, long intervalMillis) {
        Map<String, List<Report.TabletUse>> uses = new LinkedHashMap<>();
        for (Shard shard : state.shards().values()) {
            uses.put(shard.name(), new ArrayList<>());
        }
        for (Keyspace keyspace : state.keyspaces().values()) {
            for (Map.Entry<Bytes, Tablet> tablet : keyspace.tablets()) {
                KeyRange range = new KeyRange(tablet.getKey(), keyspace.endOf(tablet.getKey()));
                uses.get(tablet.getValue().shard()).add(use(keyspace.name(), range, intervalMillis));
            }
        }
        for (ReadReplica replica : state.readReplicas().values()) {
            uses.get(replica.shard()).add(followed(replica, intervalMillis));
        }
        List<Report.ShardLoad> reports = new ArrayList<>();
        uses.forEach((shard, tablets) -> {
            if (!silent.contains(shard) && state.shard(shard) instanceof Shard.Assigned a) {
                reports.add(new Report.ShardLoad(a.worker(), 7, shard, a.epoch(), now, intervalMillis, tablets));
            }
        });
        return reports;
    }

    private Report.TabletUse followed(ReadReplica replica, long intervalMillis) {
        long reads = Math.round(followed.getOrDefault(replica.shard(), 0.0) * intervalMillis / 1000);
        return new Report.TabletUse(
                replica.keyspace(), replica.start(), 0, 0, reads, 0, 0, 900, Positions.NONE, Positions.NONE, List.of());
    }

    private Report.TabletUse use(String keyspace, KeyRange range, long intervalMillis) {
        TreeMap<Bytes, Key> all = keys.getOrDefault(keyspace, new TreeMap<>());
        Map<Bytes, Key> held = range.end() == null
                ? all.tailMap(range.start(), true)
                : all.subMap(range.start(), true, range.end(), false);
        double qps = 0;
        long bytes = 0;
        List<Weighted> requested = new ArrayList<>();
        List<Weighted> stored = new ArrayList<>();
        HotKey hottest = null;
        for (Map.Entry<Bytes, Key> entry : held.entrySet()) {
            long requests = Math.round(entry.getValue().qps() * intervalMillis / 1000);
            qps += entry.getValue().qps();
            bytes += entry.getValue().bytes();
            if (requests > 0) {
                requested.add(new Weighted(entry.getKey(), requests));
                hottest = hottest == null || requests > hottest.requests()
                        ? new HotKey(entry.getKey(), requests)
                        : hottest;
            }
            if (entry.getValue().bytes() > 0) {
                stored.add(new Weighted(entry.getKey(), entry.getValue().bytes()));
            }
        }
        long requests = Math.round(qps * intervalMillis / 1000);
        return new Report.TabletUse(
                keyspace,
                range.start(),
                held.size(),
                bytes,
                requests,
                0,
                requests * 100,
                900,
                Positions.of(requested).reduced(32),
                Positions.of(stored).reduced(32),
                hottest == null || hottest.requests() < requests / 10 ? List.of() : List.of(hottest));
    }

    /** Requests per second of what a shard owns. */
    public double qps(CellState state, String shard) {
        double requests = 0;
        for (Report.ShardLoad report : reports(state, 0, 1_000)) {
            if (report.shard().equals(shard)) {
                for (Report.TabletUse use : report.tablets()) {
                    requests += use.reads();
                }
            }
        }
        return requests;
    }
}
