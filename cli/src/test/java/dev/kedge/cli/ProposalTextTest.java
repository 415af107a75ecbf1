package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.event.PolicyKind;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProposalTextTest {
    private static CellState after(Event... events) {
        CellState state = CellState.EMPTY;
        for (Event event : events) {
            state = Evolution.evolve(
                    state, new EventEnvelope(state.nextSequence(), 0, new Cause("timer", -1), "me", event));
        }
        return state;
    }

    private static final Event[] CELL = {
        new Event.WorkerJoined("w", 1, "h", 1),
        new Event.ShardAdded("a", "w", "log"),
        new Event.KeyspaceCreated("h", 1, Placement.HASH, List.of(new InitialTablet(Bytes.EMPTY, "a"))),
    };

    @Test
    void actionsAreToldInTheWordsOfTheKeyspace() {
        ProposalText text = new ProposalText(after(CELL));
        assertThat(text.action(new Action.SplitAndMove("h", Bytes.EMPTY, null, Slots.bound(0x1000), "a", "b", "w-2")))
                .isEqualTo("split 0x0000- of h at 0x1000 and move the right part from a to b (to be made on w-2)");
        assertThat(text.action(new Action.MoveTablet("h", Slots.bound(1), Slots.bound(2), "a", "b", null)))
                .isEqualTo("move 0x0001-0x0002 of h from a to b");
        Action.MergeSiblings apart =
                new Action.MergeSiblings("h", Bytes.EMPTY, Slots.bound(1), Slots.bound(2), "a", "b", false);
        assertThat(text.action(apart))
                .isEqualTo("join 0x0000-0x0001 and 0x0001-0x0002 of h on b, the left one moved there from a");
        assertThat(text.json(apart)).containsEntry("from", "a").containsEntry("to", "b");
        assertThat(text.action(new Action.MergeSiblings("h", Bytes.EMPTY, Slots.bound(1), null, "a", "a", true)))
                .isEqualTo("join 0x0000-0x0001 and 0x0001- of h on a");
    }

    @Test
    void aProposalSaysWhatItWaitsForAndHowItEnded() {
        Event.ProposalMade made = new Event.ProposalMade(
                "p3",
                PolicyKind.LOAD,
                Policy.Mode.APPROVE,
                new Action.MoveTablet("h", Bytes.EMPTY, null, "a", "b", null),
                "too much",
                List.of(new Figure("shard qps", 1234.5), new Figure("moved bytes", 2e9), new Figure("share", 0.4321)),
                2_000_000_000L,
                40_000,
                0.5,
                0.1,
                1_000);
        Event[] open = {CELL[0], CELL[1], CELL[2], made};
        Event[] over = {CELL[0], CELL[1], CELL[2], made, new Event.ProposalRejected("p3", "not today")};

        CellState state = after(open);
        Proposal proposal = state.steering().proposal("p3");
        ProposalText text = new ProposalText(state);
        assertThat(text.outcome(proposal)).startsWith("waits for kedge proposal approve p3 until ");
        assertThat(String.join("\n", text.lines(proposal)))
                .contains("too much")
                .contains("shard qps 1,235, moved bytes 2.0 GB, share 0.432")
                .contains("2.0 GB to move, about 40.0 s")
                .contains("0.50 -> 0.10");
        assertThat(text.json(proposal))
                .containsEntry("status", "PROPOSED")
                .containsEntry("migration", null)
                .containsEntry("bytes", 2_000_000_000L);

        state = after(over);
        proposal = state.steering().proposal("p3");
        assertThat(ProposalText.status(proposal)).isEqualTo("REJECTED");
        assertThat(new ProposalText(state).outcome(proposal)).endsWith("not today");
    }
}
