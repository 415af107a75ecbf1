package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge topics}. */
@Command(
        name = "topics",
        description = "Plan, make and check the topics of a cell.",
        mixinStandardHelpOptions = true,
        subcommands = {TopicsPlan.class, TopicsApply.class, TopicsCheck.class})
final class TopicsCommand {}
