package dev.kedge.cli;

import dev.kedge.schemas.command.Command.UndrainWorker;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge worker undrain}. */
@Command(
        name = "undrain",
        description = "End a drain: the worker may hold data again. What has left it stays where it is.",
        mixinStandardHelpOptions = true)
final class WorkerUndrain implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            submission.submit(session, output, new UndrainWorker(id), null);
            return ExitStatus.OK;
        }
    }
}
