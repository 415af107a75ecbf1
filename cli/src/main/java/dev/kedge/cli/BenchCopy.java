package dev.kedge.cli;

import dev.kedge.cli.MigrationStory.PhaseTime;
import dev.kedge.model.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge bench copy}. */
@Command(
        name = "copy",
        description =
                "How fast rows are copied between two idle shards: moves half of a shard there and back, several times.",
        mixinStandardHelpOptions = true)
final class BenchCopy implements Callable<Integer> {
    @Option(names = "--rows", defaultValue = "4000000", description = "Rows of 100 bytes (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(names = "--moves", defaultValue = "2", description = "Migrations (default: ${DEFAULT-VALUE}).")
    int moves;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        DemoScreen screen = new DemoScreen(output);
        return new BenchCell(screen, output, rows).measure("512m", "256m", 1, 1, tools -> {
            tools.driver().watchTraffic(Duration.ofSeconds(3));
            List<Json.Fields> copies = new ArrayList<>();
            for (int i = 0; i < moves; i++) {
                DemoMigration move = tools.move((i + 1) + ".", i % 2 == 0);
                long copied = move.phases().stream()
                        .filter(p -> p.phase() == Phase.COPYING)
                        .mapToLong(BenchCopy::millis)
                        .sum();
                screen.line(
                        move.title() + " copied " + Amounts.count(move.rows()) + " rows in " + Durations.show(copied)
                                + ": " + Amounts.rate(move.rows() * 1000.0 / Math.max(1, copied), "rows"));
                copies.add(Json.fields()
                        .with("migration", move.migration().id())
                        .with("rows", move.rows())
                        .with("bytes", move.bytes())
                        .with("copyMillis", copied)
                        .with("rowsPerSecond", Math.round(move.rows() * 1000.0 / Math.max(1, copied))));
                tools.driver().finish(move.migration().id());
            }
            if (output.json()) {
                output.print(Json.fields().with("copies", copies).with("seconds", screen.seconds()));
            }
            return ExitStatus.OK;
        });
    }

    private static long millis(PhaseTime phase) {
        Long end = phase.endMillis();
        return end == null ? 0 : end - phase.startMillis();
    }
}
