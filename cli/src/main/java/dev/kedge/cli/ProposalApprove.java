package dev.kedge.cli;

import dev.kedge.schemas.command.Command.ApproveProposal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge proposal approve}. */
@Command(
        name = "approve",
        description = "Have a proposal carried out, as soon as the limits allow.",
        mixinStandardHelpOptions = true)
final class ProposalApprove implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "kedge proposal list lists them.")
    String id = "";

    @Option(names = "--wait", description = "Wait until it is carried out; exit with 1 if that fails.")
    boolean wait;

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
            boolean sent = submission
                    .submit(session, output, new ApproveProposal(id), null)
                    .isPresent();
            if (sent && wait) {
                new ProposalWatcher(session, output).watch(List.of(id));
            }
            return ExitStatus.OK;
        }
    }
}
