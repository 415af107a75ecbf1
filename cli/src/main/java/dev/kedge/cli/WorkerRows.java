package dev.kedge.cli;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Workers with what the control plane decided about them, and what they last said. */
record WorkerRows(List<Row> rows) {

    /**
     * @param shards those assigned to it
     * @param tablets those its shards own
     * @param migrations running ones that one of its shards takes part in
     * @param bytes in its shards, as it last said; null if it did not lately
     * @param heardMillis when it was last heard of; null if not lately
     */
    record Row(
            Worker worker,
            List<String> shards,
            int tablets,
            List<Migration> migrations,
            @Nullable Long bytes,
            @Nullable Long heardMillis) {
        String state() {
            return worker.lost() ? "LOST" : "LIVE";
        }

        String service() {
            return switch (worker.service()) {
                case Worker.InUse s -> "IN_USE";
                case Worker.Draining s -> "DRAINING";
                case Worker.Drained s -> "DRAINED";
            };
        }
    }

    static WorkerRows of(CellState state, List<Worker> workers, Loads loads) {
        return new WorkerRows(
                workers.stream().map(worker -> row(state, worker, loads)).toList());
    }

    private static Row row(CellState state, Worker worker, Loads loads) {
        Set<String> shards = state.shards().values().stream()
                .filter(s -> s.worker().equals(worker.name()))
                .map(Shard::name)
                .collect(Collectors.toCollection(TreeSet::new));
        int tablets = 0;
        for (Keyspace keyspace : state.keyspaces().values()) {
            for (Tablet tablet : keyspace.tablets().values()) {
                tablets += shards.contains(tablet.shard()) ? 1 : 0;
            }
        }
        List<Migration> migrations = state.migrations().values().stream()
                .filter(m -> shards.contains(m.plan().from())
                        || shards.contains(m.plan().to()))
                .toList();
        Long heard = loads.heardMillis(worker.name());
        long bytes = 0;
        for (String shard : shards) {
            ShardStatus status = loads.shard(worker.name(), shard);
            bytes += status == null ? 0 : status.bytes();
        }
        return new Row(worker, new ArrayList<>(shards), tablets, migrations, heard == null ? null : bytes, heard);
    }

    String table(Palette palette) {
        Table table = new Table("WORKER", "ENDPOINT", "STATE", "SERVICE", "SHARDS", "TABLETS", "SIZE", "HEARD");
        for (Row row : rows) {
            table.row(
                    row.worker().name(),
                    row.worker().host() + ":" + row.worker().port(),
                    row.state(),
                    row.service(),
                    row.shards().size(),
                    row.tablets(),
                    row.bytes() == null ? "?" : "~" + Amounts.bytes(row.bytes()),
                    row.heardMillis() == null ? "not lately" : Times.show(row.heardMillis()));
        }
        return table.render(palette);
    }

    static Json.Fields json(Row row) {
        return Json.fields()
                .with("worker", row.worker().name())
                .with("host", row.worker().host())
                .with("port", row.worker().port())
                .with("state", row.state())
                .with("service", row.service())
                .with("shards", row.shards())
                .with("tablets", row.tablets())
                .with("migrations", row.migrations().stream().map(Migration::id).toList())
                .with("bytesEstimate", row.bytes())
                .with("heardMillis", row.heardMillis());
    }
}
