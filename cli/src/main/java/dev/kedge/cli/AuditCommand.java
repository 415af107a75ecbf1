package dev.kedge.cli;

import dev.kedge.schemas.event.EventEnvelope;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge audit}. */
@Command(
        name = "audit",
        description = "All events of a migration in order, each with what caused it and who asked.",
        mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {
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
            List<EventEnvelope> history = session.view().history(id);
            EventText text = new EventText(session.state());
            if (output.json()) {
                output.print(Json.fields()
                        .with("migration", id)
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
