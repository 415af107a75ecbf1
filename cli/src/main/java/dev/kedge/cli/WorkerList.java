package dev.kedge.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge worker list}. */
@Command(
        name = "list",
        description = "List workers: whether they are heard of, what they hold, and whether they are being drained.",
        mixinStandardHelpOptions = true)
final class WorkerList implements Callable<Integer> {
    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            WorkerRows rows =
                    WorkerRows.of(session.state(), session.state().workers().values(), Loads.read(session));
            if (output.json()) {
                output.print(Json.fields()
                        .with(
                                "workers",
                                rows.rows().stream().map(WorkerRows::json).toList()));
            } else {
                output.print(
                        rows.rows().isEmpty()
                                ? "no worker has ever reported; start one with kedge worker --id NAME --data-dir DIR"
                                : rows.table(output.palette()));
            }
            return ExitStatus.OK;
        }
    }
}
