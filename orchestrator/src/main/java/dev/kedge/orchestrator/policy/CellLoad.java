package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.TabletUse;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The load of a cell's tablets as their owners reported it. Seen, not decided: a restart loses it, and reports bring it back. As many
 * entries as there are tablets and shards; a report costs what it names, whatever the size of the cell. Immutable.
 *
 * @param tablets by keyspace and start
 * @param shards when each shard last told its load
 */
public record CellLoad(
        PersistentMap<String, PersistentMap<Bytes, TabletLoad>> tablets, PersistentMap<String, ShardSeen> shards) {
    public static final CellLoad NONE = new CellLoad(PersistentMap.empty(), PersistentMap.empty());

    /**
     * @param p99Micros the highest of its tablets in the latest report
     * @param intervalMillis what that report covers
     */
    public record ShardSeen(long atMillis, long intervalMillis, long p99Micros) {}

    /** Null if nothing is known. */
    public @Nullable TabletLoad of(String keyspace, Bytes start) {
        PersistentMap<Bytes, TabletLoad> known = tablets.get(keyspace);
        return known == null ? null : known.get(start);
    }

    public boolean isEmpty() {
        return shards.isEmpty();
    }

    /**
     * With a report, as far as it comes from the shard's owner and is about tablets that the shard owned, with the bounds they have now, all
     * through the interval: what a tablet has otherwise stays an estimate until the next one. What a shard served of tablets it follows is kept
     * beside what their owners served, from when on these are heard.
     *
     * @param atMillis when the report was made, by the control plane's clock
     */
    public CellLoad with(Report.ShardLoad report, long atMillis, CellState state) {
        if (!(state.shard(report.shard()) instanceof Shard.Assigned shard)
                || !shard.worker().equals(report.worker())
                || shard.epoch() != report.epoch()) {
            return this;
        }
        ShardSeen last = shards.get(report.shard());
        if (last != null && last.atMillis() > atMillis) {
            return this;
        }
        Map<String, PersistentMap<Bytes, TabletLoad>> changed = new LinkedHashMap<>();
        long p99 = 0;
        for (TabletUse use : report.tablets()) {
            p99 = Math.max(p99, use.p99Micros());
            Keyspace keyspace = state.keyspace(use.keyspace());
            Tablet tablet = keyspace == null ? null : keyspace.tablets().get(use.start());
            if (keyspace != null && tablet != null && follows(state, tablet, report.shard())) {
                PersistentMap<Bytes, TabletLoad> known = changed.computeIfAbsent(use.keyspace(), this::known);
                TabletLoad owned = known.get(use.start());
                // With this alone, a tablet would look like one whose owner was heard once and fell silent.
                if (owned != null) {
                    Policy policy = state.steering().policy(use.keyspace());
                    TabletLoad both = owned.followed(report.shard(), use, report.intervalMillis(), atMillis, policy);
                    changed.put(use.keyspace(), known.put(use.start(), both));
                }
                continue;
            }
            if (keyspace == null
                    || tablet == null
                    || !tablet.shard().equals(report.shard())
                    || atMillis - report.intervalMillis() < tablet.changedMillis()) {
                continue;
            }
            Policy policy = state.steering().policy(use.keyspace());
            changed.put(
                    use.keyspace(),
                    changed.computeIfAbsent(use.keyspace(), this::known)
                            .update(
                                    use.start(),
                                    before -> (before == null ? TabletLoad.NOTHING : before)
                                            .with(use, report.intervalMillis(), atMillis, policy)));
        }
        PersistentMap<String, PersistentMap<Bytes, TabletLoad>> all = tablets;
        for (var keyspace : changed.entrySet()) {
            all = all.put(keyspace.getKey(), keyspace.getValue());
        }
        return new CellLoad(all, shards.put(report.shard(), new ShardSeen(atMillis, report.intervalMillis(), p99)));
    }

    private static boolean follows(CellState state, Tablet tablet, String shard) {
        for (String id : tablet.readReplicas()) {
            ReadReplica replica = state.readReplicas().get(id);
            if (replica != null && replica.shard().equals(shard)) {
                return true;
            }
        }
        return false;
    }

    private PersistentMap<Bytes, TabletLoad> known(String keyspace) {
        PersistentMap<Bytes, TabletLoad> known = tablets.get(keyspace);
        return known == null ? PersistentMap.empty() : known;
    }

    /** After a decision: a split and a merge change what tablets there are, nothing else does. */
    public CellLoad after(Event event) {
        if (event instanceof Event.TabletSplit e) {
            TabletLoad whole = of(e.keyspace(), e.start());
            return whole == null
                    ? this
                    : with(e.keyspace(), e.start(), whole.part(e.at(), true))
                            .with(e.keyspace(), e.at(), whole.part(e.at(), false));
        }
        if (event instanceof Event.TabletsMerged e) {
            TabletLoad left = of(e.keyspace(), e.start());
            TabletLoad right = of(e.keyspace(), e.at());
            // Half of a load would look like an idle tablet: rather none until it is reported.
            TabletLoad both = left == null || right == null ? null : left.plus(right);
            return with(e.keyspace(), e.start(), both).with(e.keyspace(), e.at(), null);
        }
        return this;
    }

    private CellLoad with(String keyspace, Bytes start, @Nullable TabletLoad load) {
        PersistentMap<Bytes, TabletLoad> known = known(keyspace);
        return new CellLoad(tablets.put(keyspace, load == null ? known.remove(start) : known.put(start, load)), shards);
    }
}
