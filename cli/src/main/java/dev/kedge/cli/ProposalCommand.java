package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge proposal}. */
@Command(
        name = "proposal",
        description = "What the policies want done: look, approve, reject.",
        mixinStandardHelpOptions = true,
        subcommands = {ProposalList.class, ProposalShow.class, ProposalApprove.class, ProposalReject.class})
final class ProposalCommand {}
