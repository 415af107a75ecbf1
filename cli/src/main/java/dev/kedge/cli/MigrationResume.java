package dev.kedge.cli;

import dev.kedge.schemas.command.Command.ResumeMigration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge migration resume}. */
@Command(name = "resume", description = "Let a paused migration go on.", mixinStandardHelpOptions = true)
final class MigrationResume implements Callable<Integer> {
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
            submission.submit(session, output, new ResumeMigration(id), null);
            return ExitStatus.OK;
        }
    }
}
