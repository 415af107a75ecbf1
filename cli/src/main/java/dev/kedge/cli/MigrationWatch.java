package dev.kedge.cli;

import dev.kedge.orchestrator.model.Migration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge migration watch}. */
@Command(
        name = "watch",
        description = "Follow a migration live until it is over; Ctrl-C only ends the watching.",
        mixinStandardHelpOptions = true)
final class MigrationWatch implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            session.migration(id);
            MigrationWatcher.watch(session, output, id, Migration::isTerminal);
            return ExitStatus.OK;
        }
    }
}
