package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge chaos}. */
@Command(
        name = "chaos",
        description = {
            "Break a cell of real processes while ranges move under traffic, and check that nothing shows.",
            "Starts three Kafka nodes, two control planes and three workers. Kills them, makes them stand still, cuts them off and"
                    + " slows them down, while migrations go there and back. From time to time all faults end: then every migration"
                    + " must end, every key must be readable, and every operation that clients made must be explained by some order."
                    + " At the end the workers' stores are rebuilt from the logs and compared.",
            "Exits with 0 if all of that held, enough happened, and no process is left."
        },
        mixinStandardHelpOptions = true)
final class ChaosCommand implements Callable<Integer> {
    @Option(
            names = "--minutes",
            defaultValue = "2",
            description = "How long to do harm, checks not counted; 0.5 is half a minute (default: ${DEFAULT-VALUE}).")
    double minutes;

    @Option(
            names = "--seed",
            description = "Of all that is chosen; what the choices meet is up to the moment (default: by the clock).")
    @Nullable
    Long seed;

    @Option(names = "--rows", defaultValue = "3000", description = "Rows of 100 bytes (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(
            names = "--rate",
            defaultValue = "300",
            description = "Operations per second of all clients together (default: ${DEFAULT-VALUE}).")
    int rate;

    @Option(names = "--clients", defaultValue = "8", description = "Clients (default: ${DEFAULT-VALUE}).")
    int clients;

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep all data and logs in this directory.")
    @Nullable
    Path keep;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        checkOptions();
        long chosen = seed == null ? System.currentTimeMillis() : seed;
        DemoScreen screen = new DemoScreen(output);
        screen.line("three Kafka nodes, two control planes, three workers; " + clients + " clients; seed " + chosen);
        ChaosCell cell = new ChaosCell(keep);
        Thread closing = new Thread(cell::close, "chaos-close");
        Runtime.getRuntime().addShutdownHook(closing);
        ChaosVerdict verdict;
        try {
            cell.start();
            verdict = new ChaosRun(cell, screen, output, chosen, minutes, rows, rate, clients).run();
        } finally {
            cell.close();
        }
        List<Long> left = cell.running();
        verdict.show(screen, output, left);
        return verdict.isGood() && left.isEmpty() ? ExitStatus.OK : ExitStatus.FAILURE;
    }

    private void checkOptions() {
        if (!(minutes > 0) || minutes > 100_000) {
            throw new BadInput("--minutes " + minutes + ": give more than 0");
        }
        if (rows < 1 || rows > 1_000_000) {
            throw new BadInput("--rows " + rows + ": give 1 to 1000000");
        }
        if (rate < 1 || clients < 1 || clients > 32) {
            throw new BadInput("give a --rate of 1 or more, and 1 to 32 --clients");
        }
        try {
            if (keep != null && Files.exists(keep) && (!Files.isDirectory(keep) || !isEmpty(keep))) {
                throw new BadInput(keep + " is not an empty directory: --keep wants a new one");
            }
        } catch (IOException e) {
            throw new BadInput("can't look into " + keep + ": " + e.getMessage());
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }
}
