package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Command.DrainWorker;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge worker drain}. */
@Command(
        name = "drain",
        description = "Move everything off a worker while it is in use, and keep it empty.",
        mixinStandardHelpOptions = true)
final class WorkerDrain implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(200);

    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(
            names = "--rollback-window",
            defaultValue = "0s",
            paramLabel = "TIME",
            description =
                    "How long the way back of each move stays open; the drain lasts that much longer (default: ${DEFAULT-VALUE}).")
    Duration rollbackWindow = Duration.ZERO;

    @Option(
            names = "--max-stall",
            defaultValue = "100ms",
            paramLabel = "TIME",
            description = "Cut over only when clients are predicted to wait no longer (default: ${DEFAULT-VALUE}).")
    Duration maxStall = Duration.ZERO;

    @Option(
            names = "--rate",
            defaultValue = "0",
            paramLabel = "ROWS/S",
            description = "Limit of each copy in rows per second; 0 is none (default: ${DEFAULT-VALUE}).")
    int rate;

    @Option(names = "--wait", description = "Tell what happens until the worker is drained.")
    boolean wait;

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            DrainWorker command = new DrainWorker(id, options());
            String note = "its tablets would then go to other workers, as many at a time as the limits allow";
            if (submission.submit(session, output, command, note).isPresent() && wait) {
                awaitDrained(session);
            }
            return ExitStatus.OK;
        }
    }

    private MigrationOptions options() {
        MigrationOptions d = MigrationOptions.DEFAULTS;
        return new MigrationOptions(
                MigrateCommand.millis("--max-stall", maxStall),
                rollbackWindow.toMillis(),
                rate,
                d.catchUpLagRecords(),
                d.dualWriteStableMillis(),
                d.dualWriteTimeoutMillis(),
                d.takeoverMillis(),
                d.maxAttempts(),
                d.onDivergence());
    }

    private void awaitDrained(CellSession session) {
        output.during("draining " + id, waiting -> {
            while (true) {
                Worker worker = WorkerShow.find(session, id);
                if (worker.service() instanceof Worker.Drained) {
                    return true;
                }
                if (worker.isInUse()) {
                    throw new Failed("UNDRAINED", "somebody took " + id + " into use again: it is not drained");
                }
                List<EventEnvelope> news = session.poll(POLL);
                WorkerRows.Row row = WorkerRows.of(session.state(), List.of(worker), Loads.NONE)
                        .rows()
                        .get(0);
                waiting.now("draining " + id + ": " + EventText.tablets(row.tablets()) + " left, "
                        + row.migrations().size() + " on the move");
                news.forEach(envelope -> tell(session, envelope));
            }
        });
    }

    private void tell(CellSession session, EventEnvelope envelope) {
        boolean told = switch (envelope.event()) {
            case Event.WorkerDrained e -> e.worker().equals(id);
            case Event.WorkerUndrained e -> e.worker().equals(id);
            case Event.WorkerLost e -> true;
            case Event.ShardAssigned e -> true;
            case Event.FailoverDelayed e -> true;
            case Event.MigrationPlanned e -> true;
            case Event.MigrationCompleted e -> true;
            case Event.MigrationAborted e -> true;
            default -> false; // the rest of a move is in kedge migration watch
        };
        if (told) {
            EventText text = new EventText(session.state());
            if (output.json()) {
                output.print(text.json(envelope));
            } else {
                output.print(Times.show(envelope.timeMillis()) + "  " + text.describe(envelope.event()));
            }
        }
    }
}
