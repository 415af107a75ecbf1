package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.simulation.cluster.BalancePlot;
import dev.kedge.simulation.cluster.BalanceTable;
import dev.kedge.simulation.cluster.ClusterSimulation;
import dev.kedge.simulation.cluster.ClusterSize;
import dev.kedge.simulation.cluster.Result;
import dev.kedge.simulation.cluster.Scenario;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge simulate cluster}. */
@Command(
        name = "cluster",
        description =
                "Let the real control plane and its policies balance a cell of any size, where shards are numbers and hours pass in seconds. Prints"
                        + " how long it takes, what moves, and what had to. Takes memory: set KEDGE_OPTS=-Xmx6g for a hundred thousand tablets.",
        mixinStandardHelpOptions = true)
final class SimulateCluster implements Callable<Integer> {
    @Option(names = "--shards", defaultValue = "100", description = "At the beginning (default: ${DEFAULT-VALUE}).")
    int shards;

    @Option(names = "--tablets", defaultValue = "4000", description = "At the beginning (default: ${DEFAULT-VALUE}).")
    int tablets;

    @Option(
            names = "--scenario",
            paramLabel = "SCENARIO",
            description =
                    "uniform, zipf, hotspot, diurnal, flash, sequential, hot-key, grow or drain; may be given again (default: all).")
    List<String> scenarios = new ArrayList<>();

    @Option(names = "--seed", defaultValue = "1", description = "The same does the same (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(
            names = "--minutes",
            paramLabel = "MINUTES",
            description = "End each scenario after that (default: as long as it has something to show).")
    int minutes;

    @Option(
            names = "--report-seconds",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "How often each shard reports its load (default: ${DEFAULT-VALUE}, as workers do).")
    int reportSeconds;

    @Option(names = "--plot", paramLabel = "FILE", description = "Draw the imbalance over time into an SVG file.")
    @Nullable
    Path plot;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        ClusterSize size = size();
        if (minutes < 0) {
            throw new BadInput("--minutes " + minutes + ": give 1 or more");
        }
        List<Result> results = new ArrayList<>();
        for (Scenario scenario : chosen()) {
            int end = minutes == 0 ? scenario.minutes() : Math.min(minutes, scenario.minutes());
            results.add(new ClusterSimulation(size, scenario, end, seed, System::nanoTime).run(output::remark));
        }
        output.print(output.json() ? BalanceTable.json(results) : BalanceTable.markdown(results));
        results.forEach(this::complain);
        Path file = plot;
        if (file != null) {
            write(file, BalancePlot.of(results));
        }
        boolean held = results.stream()
                .allMatch(r -> r.oscillations().isEmpty() && r.violations().isEmpty());
        return held ? ExitStatus.OK : ExitStatus.FAILURE;
    }

    private void complain(Result result) {
        result.oscillations().forEach(o -> output.remark(result.scenario().title() + ": " + o));
        result.violations().forEach(v -> output.remark(result.scenario().title() + ": " + v));
    }

    private ClusterSize size() {
        try {
            return new ClusterSize(shards, tablets, reportSeconds);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private List<Scenario> chosen() {
        if (scenarios.isEmpty()) {
            return List.of(Scenario.values());
        }
        return scenarios.stream().map(SimulateCluster::scenario).toList();
    }

    private static Scenario scenario(String title) {
        return Arrays.stream(Scenario.values())
                .filter(s -> s.title().equals(title))
                .findFirst()
                .orElseThrow(() -> new BadInput("there is no scenario " + title + "; there are "
                        + Arrays.stream(Scenario.values()).map(Scenario::title).collect(Collectors.joining(", "))));
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("can't write " + file, e);
        }
    }
}
