package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command.RollbackMigration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge migration rollback}. */
@Command(
        name = "rollback",
        description = "Go back, within the rollback window: another cutover, with all writes made since.",
        mixinStandardHelpOptions = true)
final class MigrationRollback implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(
            names = "--reason",
            defaultValue = "by command",
            description = "Why, for the audit (default: ${DEFAULT-VALUE}).")
    String reason = "";

    @Option(names = "--wait", description = "Watch until it is over; exit with 1 if the way back could not be taken.")
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
                    .submit(session, output, new RollbackMigration(id, reason), null)
                    .isPresent();
            if (sent && wait) {
                Migration migration = MigrationWatcher.watch(
                        session, output, id, m -> m.isTerminal() || m.phase() == Phase.ROLLBACK_WINDOW);
                if (migration.phase() != Phase.ROLLED_BACK) {
                    throw new Failed(
                            "ROLLBACK_STOPPED",
                            "the rollback of " + id + " did not happen; kedge audit " + id + " says why");
                }
            }
            return ExitStatus.OK;
        }
    }
}
