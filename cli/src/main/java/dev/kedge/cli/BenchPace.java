package dev.kedge.cli;

import dev.kedge.cli.MigrationStory.PhaseTime;
import dev.kedge.model.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge bench pace}. */
@Command(
        name = "pace",
        description =
                "What a copy that heeds clients spares them: moves half of a shard under traffic, by turns with a target"
                        + " for their 99th percentile and without.",
        mixinStandardHelpOptions = true)
final class BenchPace implements Callable<Integer> {
    @Option(names = "--rows", defaultValue = "2000000", description = "Rows of 100 bytes (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(
            names = "--moves",
            defaultValue = "2",
            description = "Migrations with a target, and as many without (default: ${DEFAULT-VALUE}).")
    int moves;

    @Option(
            names = "--copy-p99",
            defaultValue = "10ms",
            paramLabel = "TIME",
            description = "The target (default: ${DEFAULT-VALUE}).")
    Duration target = Duration.ZERO;

    @Option(
            names = "--rate",
            defaultValue = "2000",
            description = "Operations per second of all clients together (default: ${DEFAULT-VALUE}).")
    int rate;

    @Option(names = "--clients", defaultValue = "8", description = "Clients (default: ${DEFAULT-VALUE}).")
    int clients;

    @Option(
            names = "--warm-up",
            defaultValue = "20s",
            paramLabel = "TIME",
            description = "Traffic before the first migration (default: ${DEFAULT-VALUE}).")
    Duration warmUp = Duration.ZERO;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        DemoScreen screen = new DemoScreen(output);
        return new BenchCell(screen, output, rows).measure("512m", "256m", clients, rate, tools -> {
            tools.traffic().start();
            screen.step("warming up for " + Durations.show(warmUp.toMillis()));
            tools.driver().watchTraffic(warmUp);
            DemoTraffic.Window undisturbed = tools.traffic().window(0);
            screen.line("without a copy: p99 " + p99(undisturbed));
            List<Json.Fields> copies = new ArrayList<>();
            for (int i = 0; i < 2 * moves; i++) {
                boolean heeds = i % 2 == 1;
                DemoMigration move = tools.move(
                        (i + 1) + ".",
                        i % 2 == 0,
                        DemoDriver.options().withCopyTarget(heeds ? (int) target.toMillis() : 0));
                long copied = move.phases().stream()
                        .filter(p -> p.phase() == Phase.COPYING)
                        .mapToLong(BenchPace::millis)
                        .sum();
                screen.line(
                        move.title() + (heeds ? " for " + Durations.show(target.toMillis()) : " heedless") + ": p99 "
                                + p99(move.window()) + ", copied "
                                + Amounts.rate(move.rows() * 1000.0 / Math.max(1, copied), "rows") + ", "
                                + move.window().errors() + " errors");
                copies.add(Json.fields()
                        .with("migration", move.migration().id())
                        .with("targetP99Millis", heeds ? target.toMillis() : null)
                        .with("p99Micros", p99Micros(move.window()))
                        .with("rows", move.rows())
                        .with("copyMillis", copied)
                        .with("rowsPerSecond", Math.round(move.rows() * 1000.0 / Math.max(1, copied)))
                        .with("errors", move.window().errors()));
                tools.driver().finish(move.migration().id());
                tools.driver().watchTraffic(Duration.ofSeconds(3));
            }
            if (output.json()) {
                output.print(Json.fields()
                        .with("undisturbedP99Micros", p99Micros(undisturbed))
                        .with("copies", copies)
                        .with("operations", tools.traffic().operations())
                        .with("errors", tools.traffic().errors())
                        .with("seconds", screen.seconds()));
            }
            return tools.traffic().errors() == 0 ? ExitStatus.OK : ExitStatus.FAILURE;
        });
    }

    /** Of all operations, on moving keys and on staying ones. */
    private static long p99Micros(DemoTraffic.Window window) {
        Histogram all = window.moving().copy();
        all.add(window.staying());
        return all.getValueAtPercentile(99);
    }

    private static String p99(DemoTraffic.Window window) {
        return String.format(Locale.ROOT, "%.1f ms", p99Micros(window) / 1e3);
    }

    private static long millis(PhaseTime phase) {
        Long end = phase.endMillis();
        return end == null ? 0 : end - phase.startMillis();
    }
}
