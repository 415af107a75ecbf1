package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge keyspace}. */
@Command(
        name = "keyspace",
        description = "Create and show keyspaces.",
        mixinStandardHelpOptions = true,
        subcommands = {KeyspaceCreate.class, KeyspaceList.class, KeyspaceShow.class})
final class KeyspaceCommand {}
