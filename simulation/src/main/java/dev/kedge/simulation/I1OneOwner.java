package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.router.RoutingMap;
import dev.kedge.router.RoutingMap.Tablet;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.simulation.ControlTopic.Entry;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Logged;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * I1: at every routing version each position has exactly one owner, and at most one log ever counts its writes. Within a transaction a
 * position may not have two owners one after the other, as readers may act upon each version.
 */
final class I1OneOwner extends Invariant {
    private final World world;
    private RoutingMap map = RoutingMap.EMPTY;
    private int read;

    I1OneOwner(World world) {
        this.world = world;
    }

    @Override
    void decided(List<EventEnvelope> events, List<RoutingChange> routing) {
        List<Entry<RoutingChange>> entries = world.routing().entries();
        RoutingMap before = map;
        List<RoutingMap> versions = new ArrayList<>();
        for (; read < entries.size(); read++) {
            Entry<RoutingChange> entry = entries.get(read);
            map = map.with(entry.offset(), entry.value().key(), entry.value().record());
            versions.add(map);
        }
        for (KeyspaceRoute keyspace : map.keyspaces()) {
            checkTablets(keyspace);
        }
        for (Workload.Space space : world.spaces()) {
            for (Bytes key : space.keys()) {
                checkOwners(space.name(), space.placement().position(key), before, versions);
            }
        }
    }

    private void checkTablets(KeyspaceRoute keyspace) {
        List<Tablet> tablets = map.tablets(keyspace.keyspace());
        if (tablets.isEmpty() || tablets.get(0).range().start().length() != 0) {
            throw violated("routing version " + map.version() + " has no owner for the start of " + keyspace);
        }
        for (Tablet tablet : tablets) {
            if (map.shard(tablet.shard()) == null) {
                throw violated("routing version " + map.version() + " gives " + tablet.range()
                        + " to a shard it does not know: " + tablet.shard());
            }
        }
    }

    private void checkOwners(String keyspace, Bytes position, RoutingMap before, List<RoutingMap> versions) {
        String first = owner(before, keyspace, position);
        String last = owner(map, keyspace, position);
        for (RoutingMap version : versions) {
            String owner = owner(version, keyspace, position);
            if (owner != null && !owner.equals(first) && !owner.equals(last)) {
                throw violated("position " + position + " of " + keyspace + " has the owner " + owner + " at version "
                        + version.version() + ", within a transaction that begins with " + first + " and ends with "
                        + last);
            }
            if (owner == null && first != null) {
                throw violated("position " + position + " of " + keyspace + " has no owner at " + version.version());
            }
        }
        if (map.keyspace(keyspace) != null && last == null) {
            throw violated("position " + position + " of " + keyspace + " has no owner at " + map.version());
        }
    }

    private static @Nullable String owner(RoutingMap map, String keyspace, Bytes position) {
        Tablet tablet = map.route(keyspace, position);
        return tablet == null ? null : tablet.shard();
    }

    @Override
    void appended(LogTruth log, Logged logged, Judge.Verdict verdict) {
        if (verdict == Judge.Verdict.VOID || !(logged.record() instanceof ShardRecord.Ownership)) {
            return;
        }
        for (Workload.Space space : world.spaces()) {
            for (Bytes key : space.keys()) {
                Bytes dataKey = space.dataKey(key);
                List<String> owners = new ArrayList<>();
                for (LogTruth truth : world.truths()) {
                    if (truth.owns(dataKey)) {
                        owners.add(truth.log().shard());
                    }
                }
                if (owners.size() > 1) {
                    throw violated("the logs of " + owners + " all count writes to " + key + " of " + space.name()
                            + ", since " + log.log().shard() + "[" + logged.offset() + "] " + logged.record());
                }
            }
        }
    }

    @Override
    void atEnd() {
        for (Workload.Space space : world.spaces()) {
            for (Bytes key : space.keys()) {
                String owner = owner(map, space.name(), space.placement().position(key));
                for (LogTruth truth : world.truths()) {
                    boolean owns = truth.owns(space.dataKey(key));
                    if (owns != Objects.equals(owner, truth.log().shard())) {
                        throw violated("at the end the map gives " + key + " of " + space.name() + " to " + owner
                                + ", but the log of " + truth.log().shard() + (owns ? " counts" : " does not count")
                                + " writes to it");
                    }
                }
            }
        }
    }
}
