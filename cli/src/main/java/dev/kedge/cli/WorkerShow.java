package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Worker;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge worker show}. */
@Command(
        name = "show",
        description = "Show a worker: its shards, and what a drain of it still waits for.",
        mixinStandardHelpOptions = true)
final class WorkerShow implements Callable<Integer> {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            Worker worker = find(session, id);
            Loads loads = Loads.read(session);
            WorkerRows.Row row = WorkerRows.of(session.state(), List.of(worker), loads)
                    .rows()
                    .get(0);
            ShardRows shards = ShardRows.of(
                    session.state(),
                    session.state().shards().values().stream()
                            .filter(s -> s.worker().equals(id))
                            .toList(),
                    loads);
            if (output.json()) {
                output.print(WorkerRows.json(row)
                        .with(
                                "shardDetails",
                                shards.rows().stream().map(ShardRows::json).toList()));
            } else {
                show(row, shards);
            }
            return ExitStatus.OK;
        }
    }

    /** @throws BadInput if no such worker ever reported */
    static Worker find(CellSession session, String id) {
        Worker worker = session.state().worker(id);
        if (worker == null) {
            throw new BadInput("no worker " + id + " has ever reported"
                    + CellSession.known(
                            "workers", session.state().workers().keys(), "kedge worker --id " + id + " starts one"));
        }
        return worker;
    }

    private void show(WorkerRows.Row row, ShardRows shards) {
        output.print(output.palette().bold(id) + "  " + row.state() + "  " + row.service());
        output.print("  address   " + row.worker().host() + ":" + row.worker().port());
        output.print("  heard of  " + (row.heardMillis() == null ? "not lately" : Times.show(row.heardMillis())));
        output.print("  holds     " + EventText.tablets(row.tablets())
                + (row.bytes() == null ? "" : ", ~" + Amounts.bytes(row.bytes())));
        for (Migration m : row.migrations()) {
            output.print("  migration " + m.id() + " is in " + m.phase()
                    + (m.phase() == Phase.ROLLBACK_WINDOW
                            ? "; kedge migration finish " + m.id() + " ends its window now"
                            : ""));
        }
        if (!shards.rows().isEmpty()) {
            output.print(shards.table(output.palette()));
        }
    }
}
