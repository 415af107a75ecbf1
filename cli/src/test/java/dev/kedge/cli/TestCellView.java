package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import java.util.List;
import java.util.Objects;

/** A cell with the keyspace {@code k} on the shard {@code a}, and the shard {@code b}; its events are given one by one. */
final class TestCellView {
    final CellView view = new CellView();

    TestCellView() {
        for (Event event : List.of(
                new Event.WorkerJoined("w1", 1, "h", 1),
                new Event.WorkerJoined("w2", 1, "h", 2),
                new Event.ShardAdded("a", "w1", "log-a"),
                new Event.ShardAdded("b", "w2", "log-b"),
                new Event.KeyspaceCreated("k", 1, Placement.HASH, List.of(new InitialTablet(Bytes.EMPTY, "a"))))) {
            view.apply(next(0, event));
        }
    }

    /** The event as the next of the cell's history; not applied yet. */
    EventEnvelope next(long timeMillis, Event event) {
        long sequence = view.state().nextSequence();
        return new EventEnvelope(sequence, timeMillis, new Cause("reports", sequence), "kedge", event);
    }

    /** {@code m1}, planned to move all of {@code k} from {@code a} to {@code b}. */
    static Event planned() {
        return new Event.MigrationPlanned("m1", "k", Bytes.EMPTY, null, "a", "b", MigrationOptions.DEFAULTS);
    }

    Migration migration() {
        return Objects.requireNonNull(view.state().migration("m1"));
    }
}
