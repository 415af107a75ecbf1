package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.simulation.SimulationMain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge simulate}. */
@Command(
        name = "simulate",
        description =
                "Run the real engines and decider on simulated logs, stores and clocks, with faults, and check every invariant. A seed"
                        + " always does the same; a failing one is named with the command that shows it again.",
        subcommands = SimulateCluster.class,
        mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
    @Option(names = "--seeds", defaultValue = "100", description = "How many (default: ${DEFAULT-VALUE}).")
    long seeds;

    @Option(names = "--from", defaultValue = "1", description = "The first (default: ${DEFAULT-VALUE}).")
    long from;

    @Option(names = "--trace", description = "Print everything that happens.")
    boolean trace;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (seeds < 1) {
            throw new BadInput("--seeds " + seeds + ": give 1 or more");
        }
        long begun = System.nanoTime();
        // As JSON the result is one object on standard output; how far it is and what failed is said beside it.
        boolean held = SimulationMain.run(from, seeds, trace, output.json() ? output::remark : output::print);
        if (output.json()) {
            output.print(Json.fields()
                    .with("good", held)
                    .with("from", from)
                    .with("seeds", seeds)
                    .with("seconds", (System.nanoTime() - begun) / 1e9));
        }
        return held ? ExitStatus.OK : ExitStatus.FAILURE;
    }
}
