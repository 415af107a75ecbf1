package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.policy.Balance;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Movement;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.schemas.command.Policy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How a plan reads. */
final class PlanTextTest {
    private static PlanText plan(Movement movement) {
        Balance balance = new Balance(0.5, 0.5, 0.5, 0.5, true, false);
        Findings findings = new Findings(
                List.of(), List.of(), List.of(), Set.of(), List.of(), Map.of(), Map.of(), balance, balance, movement,
                0.5);
        return new PlanText(CellState.EMPTY, findings, Policies.always(Policy.DEFAULTS), null, 0);
    }

    @Test
    void tellsWhatShareMovesAndWhatWouldHaveTo() {
        PlanText plan = plan(new Movement(true, 2, 1, 0.0773, 0.0909));
        assertThat(plan.lines(Palette.NONE))
                .contains(
                        "movement   7.7 % of all data, to be exactly even would take 9.1 %; 2 shards have nothing yet;"
                                + " 1 shard has something left to give away");
        assertThat(plan.json().toString()).contains("movement");
    }

    @Test
    void saysNothingOfItWhereNothingMoves() {
        assertThat(plan(new Movement(false, 0, 0, 0, 0.3)).lines(Palette.NONE))
                .noneMatch(l -> l.startsWith("movement"));
    }
}
