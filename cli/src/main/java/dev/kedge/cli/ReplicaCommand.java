package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge replica}. */
@Command(
        name = "replica",
        description =
                "Read replicas: shards that follow a hot tablet's owner and answer READONLY reads of bounded age.",
        mixinStandardHelpOptions = true,
        subcommands = {ReplicaAdd.class, ReplicaList.class, ReplicaRemove.class})
final class ReplicaCommand {}
