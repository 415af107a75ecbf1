package dev.kedge.cli;

import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge shard list}. */
@Command(
        name = "list",
        description = "List shards with their workers and what these last reported.",
        mixinStandardHelpOptions = true)
final class ShardList implements Callable<Integer> {
    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            List<Shard> shards = session.state().shards().values();
            ShardRows rows = ShardRows.of(session.state(), shards, Loads.read(session));
            if (output.json()) {
                output.print(Json.fields()
                        .with(
                                "shards",
                                rows.rows().stream().map(ShardRows::json).toList()));
            } else {
                output.print(shards.isEmpty() ? none(session) : rows.table(output.palette()));
            }
            return ExitStatus.OK;
        }
    }

    private static String none(CellSession session) {
        List<Worker> workers = session.state().workers().values();
        return "no shard yet; "
                + (workers.isEmpty()
                        ? "start a worker with kedge worker, then add one with kedge shard add"
                        : "add one with kedge shard add shard-1 --worker "
                                + workers.get(0).name());
    }
}
