package dev.kedge.cli;

import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Steering;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge proposal list}. */
@Command(name = "list", description = "List proposals that are not over.", mixinStandardHelpOptions = true)
final class ProposalList implements Callable<Integer> {
    @Option(names = "--all", description = "Also those that are over, the last thousand of them.")
    boolean all;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            Steering steering = session.state().steering();
            List<Proposal> proposals = new ArrayList<>();
            if (all) {
                proposals.addAll(steering.closed().values());
            }
            proposals.addAll(steering.open().values());
            ProposalText text = new ProposalText(session.state());
            if (output.json()) {
                output.print(Json.fields()
                        .with("proposals", proposals.stream().map(text::json).toList()));
                return ExitStatus.OK;
            }
            Table table = new Table("PROPOSAL", "POLICY", "MODE", "STATUS", "MADE", "TO MOVE", "WHAT");
            for (Proposal p : proposals) {
                table.row(
                        p.id(),
                        p.policy(),
                        p.made().mode(),
                        ProposalText.status(p),
                        Times.show(p.madeMillis()),
                        Amounts.bytes(p.made().bytes()),
                        text.action(p.action()));
            }
            output.print(
                    table.isEmpty()
                            ? "no proposal" + (all ? "" : " is open; --all shows those that are over")
                                    + ". kedge plan shows what the policies come to"
                            : table.render(output.palette()));
            return ExitStatus.OK;
        }
    }
}
