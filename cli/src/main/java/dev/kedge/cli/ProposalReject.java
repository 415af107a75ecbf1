package dev.kedge.cli;

import dev.kedge.schemas.command.Command.RejectProposal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge proposal reject}. */
@Command(
        name = "reject",
        description = "Turn a proposal down: the same is not proposed again for the policy's proposal-timeout.",
        mixinStandardHelpOptions = true)
final class ProposalReject implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "kedge proposal list lists them.")
    String id = "";

    @Option(
            names = "--reason",
            defaultValue = "by command",
            description = "Why, for the audit (default: ${DEFAULT-VALUE}).")
    String reason = "";

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            session.proposal(id);
            submission.submit(session, output, new RejectProposal(id, reason), null);
            return ExitStatus.OK;
        }
    }
}
