package dev.kedge.simulation;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Projection;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** I8: the control plane's state is the fold of its events, and the routing topic is the projection of that state. */
final class I8StateIsTheFold extends Invariant {
    private final World world;
    private final Map<RoutingKey, RoutingRecord> routes = new HashMap<>();
    private boolean decided;

    I8StateIsTheFold(World world) {
        this.world = world;
    }

    @Override
    void decided(List<EventEnvelope> events, List<RoutingChange> routing) {
        decided = true;
        for (RoutingChange change : routing) {
            RoutingRecord record = change.record();
            if (record == null) {
                routes.remove(change.key());
            } else {
                routes.put(change.key(), record);
            }
        }
        Map<RoutingKey, RoutingRecord> expected = new HashMap<>();
        Projection.all(world.state()).forEach(record -> expected.put(record.key(), record));
        if (!expected.equals(routes)) {
            throw violated("the routing topic holds " + routes.values() + ", the state projects " + expected.values());
        }
    }

    @Override
    void afterStep() {
        CellState live = world.controlPlane().state();
        if (decided && live != null && !world.controlPlane().isInCommit()) {
            decided = false;
            if (!live.equals(world.state())) {
                throw violated("the live state is " + live + ", the fold of the events is " + world.state());
            }
        }
    }
}
