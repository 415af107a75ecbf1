package dev.kedge.orchestrator.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CellViewTest {
    private final CellView view = new CellView();
    private long sequence;

    @BeforeEach
    void aShardAndAKeyspace() {
        event(0, new Event.WorkerJoined("w1", 1, "h", 1));
        for (String shard : List.of("s1", "s2")) {
            event(1, new Event.ShardAdded(shard, "w1", "t-" + shard));
            event(1, new Event.ShardLogCreated(shard, "id"));
            event(1, new Event.ShardAssigned(shard, "w1", 1, null));
        }
        event(
                2,
                new Event.KeyspaceCreated(
                        "k", 1, Placement.RANGE, List.of(new Command.InitialTablet(Bytes.EMPTY, "s1"))));
    }

    private EventEnvelope event(long command, Event event) {
        EventEnvelope envelope = new EventEnvelope(sequence, 5, new Cause("commands", command), "ann", event);
        view.apply(envelope);
        sequence++;
        return envelope;
    }

    @Test
    void aHistoryBeginsWithTheSplitsThatPreparedIt() {
        event(3, new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("z"))); // somebody else's
        EventEnvelope split = event(4, new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        EventEnvelope planned = event(
                4,
                new Event.MigrationPlanned(
                        "m4", "k", Bytes.EMPTY, Bytes.utf8("m"), "s1", "s2", MigrationOptions.DEFAULTS));
        EventEnvelope aborted = event(5, new Event.MigrationAborted("m4", "no"));
        assertThat(view.history("m4")).containsExactly(split, planned, aborted);
        assertThat(view.migrations()).containsExactly("m4");
        assertThat(view.history("m9")).isEmpty();
    }

    @Test
    void anEventReadAgainChangesNothing() {
        EventEnvelope split = event(3, new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        CellState before = view.state();
        view.apply(split);
        assertThat(view.state()).isSameAs(before);
    }

    @Test
    void impossibleHistoriesAreNotSkippedOver() {
        assertThatThrownBy(() -> view.apply(new EventEnvelope(
                        sequence + 1, 5, new Cause("timer", 5), "kedge", new Event.WorkerJoined("w", 1, "h", 1))))
                .isInstanceOf(ImpossibleHistoryException.class)
                .hasMessageContaining("is expected");
        impossible(new Event.ShardAdded("s1", "w1", "t"), "exists");
        impossible(new Event.ShardLogCreated("s1", "id"), "not waiting");
        impossible(new Event.ShardAssigned("s1", "w1", 1, null), "epoch");
        impossible(new Event.TabletSplit("k", Bytes.utf8("m"), Bytes.utf8("x")), "no tablet starts");
        impossible(new Event.TabletsMerged("k", Bytes.EMPTY, Bytes.utf8("x")), "no tablet starts");
        impossible(new Event.CopyStarted("m4", 1), "no such migration");
        impossible(
                new Event.MigrationPlanned(
                        "m4", "k", Bytes.EMPTY, Bytes.utf8("m"), "s1", "s2", MigrationOptions.DEFAULTS),
                "no tablet ends there");
        event(4, new Event.MigrationPlanned("m4", "k", Bytes.EMPTY, null, "s1", "s2", MigrationOptions.DEFAULTS));
        impossible(new Event.CutoverCommitted("m4", false, 1), "PLANNED".toLowerCase(java.util.Locale.ROOT));
        impossible(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("x")), "in migration m4"); // R8
        impossible(
                new Event.MigrationPlanned("m5", "k", Bytes.EMPTY, null, "s1", "s2", MigrationOptions.DEFAULTS),
                "in migration m4");
    }

    private void impossible(Event event, String why) {
        CellState before = view.state();
        assertThatThrownBy(() -> event(9, event))
                .isInstanceOf(ImpossibleHistoryException.class)
                .message()
                .containsIgnoringCase(why);
        assertThat(view.state()).isSameAs(before);
    }
}
