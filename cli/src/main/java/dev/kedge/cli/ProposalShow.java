package dev.kedge.cli;

import dev.kedge.orchestrator.model.Proposal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge proposal show}. */
@Command(name = "show", description = "Show a proposal with the figures it came from.", mixinStandardHelpOptions = true)
final class ProposalShow implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "kedge proposal list --all lists them.")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            Proposal proposal = session.proposal(id);
            ProposalText text = new ProposalText(session.state());
            if (output.json()) {
                output.print(text.json(proposal));
            } else {
                output.print(text.title(proposal, output.palette()));
                text.lines(proposal).forEach(line -> output.print("  " + line));
            }
            return ExitStatus.OK;
        }
    }
}
