package dev.kedge.cli;

import dev.kedge.schemas.command.Command.PauseMigration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge migration pause}. */
@Command(
        name = "pause",
        description = "Halt a migration that has not cut over; both shards go on serving.",
        mixinStandardHelpOptions = true)
final class MigrationPause implements Callable<Integer> {
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
            session.migration(id);
            submission.submit(session, output, new PauseMigration(id), null);
            return ExitStatus.OK;
        }
    }
}
