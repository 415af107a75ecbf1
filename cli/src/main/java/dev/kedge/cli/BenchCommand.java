package dev.kedge.cli;

import picocli.CommandLine.Command;

/** {@code kedge bench}. */
@Command(
        name = "bench",
        description =
                "Measure a whole cell on this machine: Kafka, a control plane and two workers as processes of their own.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchCopy.class, BenchCutover.class, BenchMemory.class, BenchPace.class})
final class BenchCommand {}
