package dev.kedge.simulation.cluster;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.event.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The shards with the tablets they own, as the control plane's events have it. What a tablet's load is, the {@link Demand} knows. */
final class Fleet {
    /** A tablet as it is now. */
    static final class Tablet {
        final int keyspace;
        final Bytes start;
        final double from;
        double to;
        Host shard;

        private int index;

        Tablet(int keyspace, Bytes start, double from, double to, Host shard) {
            this.keyspace = keyspace;
            this.start = start;
            this.from = from;
            this.to = to;
            this.shard = shard;
        }
    }

    /** A shard that a worker hosts. */
    static final class Host {
        final int number;
        final String shard;
        final String worker;
        final long epoch;
        final List<Tablet> tablets = new ArrayList<>();

        Host(int number, String shard, String worker, long epoch) {
            this.number = number;
            this.shard = shard;
            this.worker = worker;
            this.epoch = epoch;
        }

        void add(Tablet tablet) {
            tablet.shard = this;
            tablet.index = tablets.size();
            tablets.add(tablet);
        }

        void remove(Tablet tablet) {
            Tablet last = tablets.remove(tablets.size() - 1);
            if (last != tablet) {
                tablets.set(tablet.index, last);
                last.index = tablet.index;
            }
        }
    }

    private final Map<String, Host> byName = new HashMap<>();
    private final List<Host> hosts = new ArrayList<>();
    private final Map<String, List<Host>> byWorker = new TreeMap<>();
    private final Set<String> leaving = new HashSet<>();
    private final List<String> keyspaces = new ArrayList<>();
    private final List<TreeMap<Bytes, Tablet>> tablets = new ArrayList<>();

    List<Host> hosts() {
        return hosts;
    }

    List<Host> hosts(String worker) {
        return byWorker.getOrDefault(worker, List.of());
    }

    /** Whether the worker is to have a part of the whole. */
    boolean isInUse(String worker) {
        return !leaving.contains(worker);
    }

    Host host(String shard) {
        Host host = byName.get(shard);
        if (host == null) {
            throw new IllegalStateException("no worker hosts " + shard);
        }
        return host;
    }

    String keyspace(int number) {
        return keyspaces.get(number);
    }

    int keyspace(String name) {
        return keyspaces.indexOf(name);
    }

    int tabletCount() {
        return tablets.stream().mapToInt(TreeMap::size).sum();
    }

    Tablet tablet(String keyspace, Bytes start) {
        Tablet tablet = tablets.get(keyspace(keyspace)).get(start);
        if (tablet == null) {
            throw new IllegalStateException("no tablet of " + keyspace + " starts at " + start);
        }
        return tablet;
    }

    /** Follows an event that has just been folded into {@code state}. */
    void apply(Event event, CellState state) {
        switch (event) {
            case Event.WorkerDrainStarted e -> leaving.add(e.worker());
            case Event.ShardAssigned e -> assigned(e);
            case Event.KeyspaceCreated e -> created(e);
            case Event.TabletSplit e -> {
                Tablet left = tablet(e.keyspace(), e.start());
                double at = Places.of(e.at());
                Tablet right = new Tablet(left.keyspace, e.at(), at, left.to, left.shard);
                left.to = at;
                left.shard.add(right);
                tablets.get(left.keyspace).put(e.at(), right);
            }
            case Event.TabletsMerged e -> {
                Tablet left = tablet(e.keyspace(), e.start());
                Tablet right = tablet(e.keyspace(), e.at());
                left.to = right.to;
                right.shard.remove(right);
                tablets.get(left.keyspace).remove(e.at());
            }
            case Event.CutoverCommitted e -> {
                Migration m = migration(state, e.migration());
                Tablet tablet = tablet(m.plan().keyspace(), m.plan().range().start());
                tablet.shard.remove(tablet);
                host(e.reverse() ? m.plan().from() : m.plan().to()).add(tablet);
            }
            default -> {} // changes neither tablets nor their owners
        }
    }

    private void assigned(Event.ShardAssigned e) {
        add(new Host(hosts.size(), e.shard(), e.worker(), e.epoch()));
    }

    void add(Host host) {
        byName.put(host.shard, host);
        hosts.add(host);
        byWorker.computeIfAbsent(host.worker, w -> new ArrayList<>()).add(host);
    }

    private void created(Event.KeyspaceCreated e) {
        int number = keyspaces.size();
        TreeMap<Bytes, Tablet> created = new TreeMap<>();
        Tablet last = null;
        for (var initial : e.tablets()) {
            double from = Places.of(initial.start());
            Host host = host(initial.shard());
            Tablet tablet = new Tablet(number, initial.start(), from, 1, host);
            host.add(tablet);
            created.put(initial.start(), tablet);
            if (last != null) {
                last.to = from;
            }
            last = tablet;
        }
        keyspaces.add(e.keyspace());
        tablets.add(created);
    }

    static Migration migration(CellState state, String id) {
        @Nullable Migration m = state.migration(id);
        if (m == null) {
            throw new IllegalStateException("there is no migration " + id);
        }
        return m;
    }

    /** Whether this is just what the control plane's state has (I1). */
    @Nullable
    String differenceFrom(CellState state) {
        for (int i = 0; i < keyspaces.size(); i++) {
            var keyspace = state.keyspace(keyspaces.get(i));
            if (keyspace == null || keyspace.tablets().size() != tablets.get(i).size()) {
                return "keyspace " + keyspaces.get(i) + " has other tablets";
            }
            for (var entry : keyspace.tablets()) {
                Tablet tablet = tablets.get(i).get(entry.getKey());
                if (tablet == null
                        || !tablet.shard.shard.equals(entry.getValue().shard())) {
                    return "the tablet at " + entry.getKey() + " of " + keyspaces.get(i) + " is on "
                            + entry.getValue().shard();
                }
            }
        }
        for (Host host : hosts) {
            if (!(state.shard(host.shard) instanceof Shard.Assigned a) || a.epoch() != host.epoch) {
                return "shard " + host.shard + " is not assigned like that";
            }
        }
        return null;
    }
}
