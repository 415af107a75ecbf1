package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Plan;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * I6: a cutover commits by one routing record, and nothing but a cutover changes an owner. An aborted migration leaves nothing behind: no
 * row at the destination, and the source owns the range.
 */
final class I6CutoverIsOneRecord extends Invariant {
    private final World world;
    private final Map<String, TreeMap<Bytes, String>> owners = new TreeMap<>();
    /** Keys that some shard's log has owned: before that the first owner may still be on its way to hear of the keyspace. */
    private final Set<Bytes> owned = new HashSet<>();

    I6CutoverIsOneRecord(World world) {
        this.world = world;
    }

    @Override
    void appended(LogTruth log, Logged logged, Judge.Verdict verdict) {
        if (verdict == Judge.Verdict.VALID && logged.record() instanceof ShardRecord.Created created) {
            Span span = Span.of(created.keyspaceId(), created.range());
            dataKeys().stream().filter(span::contains).forEach(owned::add);
        }
    }

    private List<Bytes> dataKeys() {
        return world.spaces().stream()
                .flatMap(space -> space.keys().stream().map(space::dataKey))
                .toList();
    }

    @Override
    void decided(List<EventEnvelope> events, List<RoutingChange> routing) {
        long cutovers = events.stream()
                .filter(e -> e.event() instanceof Event.CutoverCommitted)
                .count();
        long changed = 0;
        for (RoutingChange change : routing) {
            if (change.key() instanceof dev.kedge.schemas.routing.RoutingKey.TabletKey key) {
                TreeMap<Bytes, String> tablets = owners.computeIfAbsent(key.keyspace(), k -> new TreeMap<>());
                boolean isNew = tablets.isEmpty() || events.stream().anyMatch(e -> creates(e.event(), key.keyspace()));
                Map.Entry<Bytes, String> before = tablets.floorEntry(key.start());
                if (change.record() instanceof TabletRoute tablet) {
                    if (!isNew && (before == null || !before.getValue().equals(tablet.shard()))) {
                        changed++;
                    }
                    tablets.put(key.start(), tablet.shard());
                } else {
                    String gone = tablets.remove(key.start());
                    Map.Entry<Bytes, String> left = tablets.floorEntry(key.start());
                    if (left == null || !left.getValue().equals(gone)) {
                        throw violated("removing the bound " + key + " gives a range of " + gone + " to " + left);
                    }
                }
            }
        }
        if (changed != cutovers) {
            throw violated(cutovers + " cutovers were committed with " + changed + " changes of owners: " + routing);
        }
        events.forEach(e -> {
            if (e.event() instanceof Event.MigrationAborted aborted) {
                nothingIsLeft(aborted.migration());
            }
        });
    }

    private static boolean creates(Event event, String keyspace) {
        return event instanceof Event.KeyspaceCreated created
                && created.keyspace().equals(keyspace);
    }

    private void nothingIsLeft(String id) {
        CellState state = world.state();
        Migration migration = state.migration(id);
        if (migration == null) {
            throw violated("the aborted migration " + id + " is unknown");
        }
        Plan plan = migration.plan();
        var keyspace = state.keyspace(plan.keyspace());
        if (keyspace == null) {
            throw violated("the keyspace of " + plan + " is unknown");
        }
        Span span = Span.of(keyspace.id(), plan.range());
        LogTruth to = world.truthOf(plan.to());
        if (!to.rows(span).isEmpty()) {
            throw violated("aborted " + plan + " left rows at the destination: "
                    + to.rows(span).keySet());
        }
        for (Bytes key : dataKeys()) {
            if (span.contains(key)
                    && owned.contains(key)
                    && !world.truthOf(plan.from()).owns(key)) {
                throw violated("aborted " + plan + " left the source without " + key);
            }
        }
    }
}
