package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.cli.MigrationStory.Cutover;
import dev.kedge.schemas.event.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge bench cutover}. */
@Command(
        name = "cutover",
        description =
                "How long clients wait at a cutover: moves half of a shard there and back under traffic, several times.",
        mixinStandardHelpOptions = true)
final class BenchCutover implements Callable<Integer> {
    /** There and back, so that each shard has been source and destination. */
    private static final int WARMING_MIGRATIONS = 2;

    @Option(names = "--rows", defaultValue = "50000", description = "Rows of 100 bytes (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(names = "--migrations", defaultValue = "10", description = "Migrations (default: ${DEFAULT-VALUE}).")
    int migrations;

    @Option(
            names = "--warm-up",
            defaultValue = "30s",
            paramLabel = "TIME",
            description = "Traffic before the first migration, until the processes have compiled what they run; it and"
                    + " the two migrations after it are not measured (default: ${DEFAULT-VALUE}).")
    Duration warmUp = Duration.ZERO;

    @Option(
            names = "--rate",
            defaultValue = "5000",
            description = "Operations per second of all clients together (default: ${DEFAULT-VALUE}).")
    int rate;

    @Option(names = "--clients", defaultValue = "8", description = "Clients (default: ${DEFAULT-VALUE}).")
    int clients;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        DemoScreen screen = new DemoScreen(output);
        return new BenchCell(screen, output, rows).measure("512m", "128m", clients, rate, tools -> {
            tools.traffic().start();
            screen.step("warming up for " + Durations.show(warmUp.toMillis()));
            tools.driver().watchTraffic(warmUp);
            for (int i = 0; i < WARMING_MIGRATIONS; i++) {
                DemoMigration move = tools.move("warming up,", i % 2 == 0);
                tools.driver().finish(move.migration().id());
            }
            List<Long> stalls = new ArrayList<>();
            List<Long> moving = new ArrayList<>();
            List<Long> staying = new ArrayList<>();
            List<Json.Fields> moves = new ArrayList<>();
            for (int i = 0; i < migrations; i++) {
                DemoMigration move = tools.move((i + 1) + ".", i % 2 == 0);
                stalls.add(stallMicros(move));
                moving.add(move.window().moving().getMaxValue());
                staying.add(move.window().staying().getMaxValue());
                screen.line(String.format(
                        Locale.ROOT,
                        "%s stall %.1f ms; longest operation %.1f ms on moving keys, %.1f ms on staying keys; %d errors",
                        move.title(),
                        stalls.getLast() / 1e3,
                        moving.getLast() / 1e3,
                        staying.getLast() / 1e3,
                        move.window().errors()));
                moves.add(Json.fields()
                        .with("migration", move.migration().id())
                        .with("stallMicros", stalls.getLast())
                        .with("longestMovingMicros", moving.getLast())
                        .with("longestStayingMicros", staying.getLast())
                        .with("errors", move.window().errors()));
                tools.driver().finish(move.migration().id());
                tools.driver().watchTraffic(Duration.ofSeconds(1));
            }
            screen.line("over " + migrations + " migrations: stall " + spread(stalls)
                    + "; longest operation on moving keys " + spread(moving) + ", on staying keys " + spread(staying)
                    + "; " + tools.traffic().errors() + " errors in "
                    + Amounts.count(tools.traffic().operations())
                    + " operations");
            if (output.json()) {
                output.print(Json.fields()
                        .with("migrations", moves)
                        .with("stall", json(stalls))
                        .with("longestMoving", json(moving))
                        .with("longestStaying", json(staying))
                        .with("operations", tools.traffic().operations())
                        .with("errors", tools.traffic().errors())
                        .with("seconds", screen.seconds()));
            }
            return tools.traffic().errors() == 0 ? ExitStatus.OK : ExitStatus.FAILURE;
        });
    }

    /**
     * What the new owner measured.
     *
     * @throws Failed if it measured nothing: then there is nothing to tell, least of all that nobody waited
     */
    static long stallMicros(DemoMigration move) {
        Cutover cutover = move.cutover();
        Event.CutoverCompleted done = cutover == null ? null : cutover.completed();
        if (done == null || done.measuredStallMicros() < 0) {
            throw new Failed(
                    "NOT_MEASURED",
                    "the stall of the migration " + move.migration().id()
                            + " was not measured, so this run tells nothing; run it again");
        }
        return done.measuredStallMicros();
    }

    private static Histogram histogram(List<Long> micros) {
        Histogram histogram = new Histogram(3);
        micros.forEach(histogram::recordValue);
        return histogram;
    }

    private static String spread(List<Long> micros) {
        Histogram histogram = histogram(micros);
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, longest %.1f ms",
                histogram.getValueAtPercentile(50) / 1e3,
                histogram.getMaxValue() / 1e3);
    }

    private static Json.Fields json(List<Long> micros) {
        Histogram histogram = histogram(micros);
        return Json.fields()
                .with("p50Micros", histogram.getValueAtPercentile(50))
                .with("maxMicros", histogram.getMaxValue());
    }
}
