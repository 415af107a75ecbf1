package dev.kedge.cli;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.report.Report.ShardStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shards with what their workers last said of them. */
record ShardRows(List<Row> rows) {

    /**
     * @param status null if its worker did not report it lately
     * @param heardMillis when its worker was last heard of; null if not lately
     */
    record Row(
            Shard shard,
            @Nullable Worker worker,
            int tablets,
            @Nullable ShardStatus status,
            @Nullable Long heardMillis) {
        /** What it does: being made, or what its worker last said. */
        String state() {
            return switch (shard) {
                case Shard.Requested s -> "LOG_WANTED";
                case Shard.LogCreated s -> "LOG_CREATED";
                case Shard.Assigned s ->
                    status == null ? "UNKNOWN" : status.state().name();
            };
        }

        @Nullable
        Long epoch() {
            return shard instanceof Shard.Assigned assigned ? assigned.epoch() : null;
        }

        String endpoint() {
            return worker == null ? "?" : worker.host() + ":" + worker.port();
        }
    }

    static ShardRows of(CellState state, List<Shard> shards, Loads loads) {
        return new ShardRows(shards.stream()
                .map(shard -> new Row(
                        shard,
                        state.worker(shard.worker()),
                        tablets(state, shard.name()),
                        loads.shard(shard.worker(), shard.name()),
                        loads.heardMillis(shard.worker())))
                .toList());
    }

    private static int tablets(CellState state, String shard) {
        int count = 0;
        for (Keyspace keyspace : state.keyspaces().values()) {
            for (Tablet tablet : keyspace.tablets().values()) {
                count += tablet.shard().equals(shard) ? 1 : 0;
            }
        }
        return count;
    }

    String table(Palette palette) {
        Table table = new Table("SHARD", "WORKER", "ENDPOINT", "STATE", "EPOCH", "TABLETS", "ROWS", "SIZE");
        for (Row row : rows) {
            ShardStatus status = row.status();
            table.row(
                    row.shard().name(),
                    row.shard().worker(),
                    row.endpoint(),
                    row.state(),
                    row.epoch() == null ? "" : row.epoch(),
                    row.tablets(),
                    status == null ? "?" : "~" + Amounts.count(status.rows()),
                    status == null ? "?" : "~" + Amounts.bytes(status.bytes()));
        }
        return table.render(palette);
    }

    static Json.Fields json(Row row) {
        ShardStatus status = row.status();
        return Json.fields()
                .with("shard", row.shard().name())
                .with("worker", row.shard().worker())
                .with("endpoint", row.worker() == null ? null : row.endpoint())
                .with("state", row.state())
                .with("reason", status == null ? null : status.reason())
                .with("epoch", row.epoch())
                .with("logTopic", row.shard().logTopic())
                .with("tablets", row.tablets())
                .with("rowsEstimate", status == null ? null : status.rows())
                .with("bytesEstimate", status == null ? null : status.bytes())
                .with("endOffset", status == null ? null : status.endOffset())
                .with("heardMillis", row.heardMillis());
    }
}
