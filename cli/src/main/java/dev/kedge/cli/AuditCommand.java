package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.schemas.event.EventEnvelope;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge audit}. */
@Command(
        name = "audit",
        description = "All events of a migration in order, each with what caused it and who asked.",
        mixinStandardHelpOptions = true,
        subcommands = AuditVerify.class)
final class AuditCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ID", arity = "0..1", description = "Of the migration; kedge migrations lists them.")
    @Nullable
    String id;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        String migration = id;
        if (migration == null) {
            throw new BadInput("say of which migration, or give the command verify: kedge audit --help");
        }
        try (CellSession session = CellSession.open(cell, output)) {
            session.migration(migration);
            List<EventEnvelope> history = session.view().history(migration);
            EventText text = new EventText(session.state());
            if (output.json()) {
                output.print(Json.fields()
                        .with("migration", migration)
                        .with("events", history.stream().map(text::json).toList()));
                return ExitStatus.OK;
            }
            Table table = new Table("EVENT", "TIME", "CAUSE", "BY", "WHAT");
            for (EventEnvelope e : history) {
                table.row(
                        e.sequence(),
                        Times.show(e.timeMillis()),
                        e.cause().topic() + "@" + e.cause().offset(),
                        e.principal(),
                        text.describe(e.event()));
            }
            output.print(table.render(output.palette()));
            return ExitStatus.OK;
        }
    }
}
