package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge shard show}. */
@Command(name = "show", description = "Show a shard and its tablets.", mixinStandardHelpOptions = true)
final class ShardShow implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            Shard shard = session.state().shard(id);
            if (shard == null) {
                throw new BadInput("there is no shard " + id
                        + CellSession.known("shards", session.state().shards().keys(), "kedge shard add makes one"));
            }
            Loads loads = Loads.read(session);
            ShardRows.Row row =
                    ShardRows.of(session.state(), List.of(shard), loads).rows().get(0);
            TabletRows tablets =
                    new TabletRows(TabletRows.of(session.state().keyspaces().values(), loads).rows().stream()
                            .filter(t -> t.tablet().shard().equals(id))
                            .toList());
            if (output.json()) {
                output.print(ShardRows.json(row).with("tablets", tablets.json()));
            } else {
                show(row, tablets);
            }
            return ExitStatus.OK;
        }
    }

    private void show(ShardRows.Row row, TabletRows tablets) {
        ShardStatus status = row.status();
        String reason = status == null || status.reason() == null ? "" : ": " + status.reason();
        output.print(output.palette().bold(id) + "  " + row.state() + reason);
        output.print("  worker    " + row.shard().worker() + " at " + row.endpoint()
                + (row.heardMillis() == null
                        ? ", not heard of lately"
                        : ", heard of " + Times.show(row.heardMillis())));
        output.print("  log       " + row.shard().logTopic()
                + (status == null ? "" : ", applied to offset " + status.endOffset()));
        output.print("  data      "
                + (status == null
                        ? "?"
                        : "~" + Amounts.count(status.rows()) + " rows, ~" + Amounts.bytes(status.bytes())));
        if (!tablets.rows().isEmpty()) {
            output.print(tablets.table(output.palette()));
        }
    }
}
