package dev.kedge.cli;

import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command.FinishMigration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge migration finish}. */
@Command(
        name = "finish",
        description = "End the rollback window now: the former owner removes its rows, there is no way back.",
        mixinStandardHelpOptions = true)
final class MigrationFinish implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(names = "--wait", description = "Watch until it is over.")
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
            session.migration(id);
            boolean sent = submission
                    .submit(session, output, new FinishMigration(id), null)
                    .isPresent();
            if (sent && wait) {
                MigrationWatcher.watch(session, output, id, Migration::isTerminal);
            }
            return ExitStatus.OK;
        }
    }
}
