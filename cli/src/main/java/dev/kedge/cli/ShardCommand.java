package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge shard}. */
@Command(
        name = "shard",
        description = "Add and show shards.",
        mixinStandardHelpOptions = true,
        subcommands = {ShardAdd.class, ShardList.class, ShardShow.class})
final class ShardCommand {}
