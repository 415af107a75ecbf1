package dev.kedge.cli;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command.AbortMigration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge migration abort}. */
@Command(
        name = "abort",
        description = "Call off a migration that has not cut over, or a rollback under way.",
        mixinStandardHelpOptions = true)
final class MigrationAbort implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(
            names = "--reason",
            defaultValue = "by command",
            description = "Why, for the audit (default: ${DEFAULT-VALUE}).")
    String reason = "";

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
                    .submit(session, output, new AbortMigration(id, reason), null)
                    .isPresent();
            if (sent && wait) {
                // Of a rollback called off, the window goes on.
                Migration migration = MigrationWatcher.watch(
                        session, output, id, m -> m.isTerminal() || m.phase() == Phase.ROLLBACK_WINDOW);
                return migration.phase() == Phase.ABORTED || !migration.isTerminal()
                        ? ExitStatus.OK
                        : ExitStatus.FAILURE;
            }
            return ExitStatus.OK;
        }
    }
}
