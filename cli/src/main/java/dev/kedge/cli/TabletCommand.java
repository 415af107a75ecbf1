package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge tablet}. */
@Command(
        name = "tablet",
        description = "Show tablets.",
        mixinStandardHelpOptions = true,
        subcommands = TabletList.class)
final class TabletCommand {}
