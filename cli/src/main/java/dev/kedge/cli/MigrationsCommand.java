package dev.kedge.cli;

import dev.kedge.orchestrator.model.Migration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge migrations}. */
@Command(name = "migrations", description = "List migrations, the latest last.", mixinStandardHelpOptions = true)
final class MigrationsCommand implements Callable<Integer> {
    @Option(names = "--running", description = "Only those that are not over.")
    boolean running;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            List<Migration> migrations = new ArrayList<>();
            for (String id : session.view().migrations()) {
                Migration migration = session.migration(id);
                if (!running || !migration.isTerminal()) {
                    migrations.add(migration);
                }
            }
            if (output.json()) {
                output.print(Json.fields()
                        .with(
                                "migrations",
                                migrations.stream()
                                        .map(m -> text(session, m).json(null))
                                        .toList()));
                return ExitStatus.OK;
            }
            Table table = new Table("MIGRATION", "KEYSPACE", "RANGE", "FROM", "TO", "PHASE", "BEGAN");
            for (Migration m : migrations) {
                table.row(
                        m.id(),
                        m.plan().keyspace(),
                        text(session, m).range(),
                        m.plan().from(),
                        m.plan().to(),
                        MigrationText.phase(m),
                        Times.show(session.view().history(m.id()).get(0).timeMillis()));
            }
            output.print(table.isEmpty() ? "no migration; kedge migrate starts one" : table.render(output.palette()));
            return ExitStatus.OK;
        }
    }

    private static MigrationText text(CellSession session, Migration m) {
        return new MigrationText(
                session.state(), m, MigrationStory.of(session.view().history(m.id())));
    }
}
