package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge explain}. */
@Command(
        name = "explain",
        description = "Tell in plain words why something was done, or was not.",
        mixinStandardHelpOptions = true,
        subcommands = {ExplainShard.class, ExplainTablet.class, ExplainMigration.class})
final class ExplainCommand {}
