package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge policy}. */
@Command(
        name = "policy",
        description = "When tablets are split, moved and merged without being asked for.",
        mixinStandardHelpOptions = true,
        subcommands = {PolicyShow.class, PolicySet.class})
final class PolicyCommand {}
