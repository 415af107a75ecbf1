package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ReplicaProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Read replicas with what their shards last said of them. */
record ReplicaRows(List<Row> rows, long nowMillis) {
    /** A read replica at ease reports once a second. */
    private static final long REPORTS_READ = 5_000;

    /**
     * One read replica.
     *
     * @param owner the shard it follows
     * @param progress of its present attempt; null if none was reported lately
     */
    record Row(
            ReadReplica replica,
            Placement placement,
            KeyRange range,
            String owner,
            @Nullable ReplicaProgress progress) {
        /** How old an answer can be: at most this, since the progress itself may be a second old. Null while unknown. */
        @Nullable
        Long stalenessMillis(long nowMillis) {
            return progress == null || progress.appliedMillis() < 0
                    ? null
                    : (Long) Math.max(0, nowMillis - progress.appliedMillis());
        }
    }

    static ReplicaRows read(CellSession session, long nowMillis) {
        Map<String, ReplicaProgress> latest = new HashMap<>();
        try (TopicFeed<Report> reports = session.reports(REPORTS_READ)) {
            reports.readToEnd(entry -> {
                if (entry.value() instanceof ReplicaProgress progress) {
                    latest.put(progress.migration(), progress);
                }
            });
        }
        return of(session.state(), latest, nowMillis);
    }

    static ReplicaRows of(CellState state, Map<String, ReplicaProgress> latest, long nowMillis) {
        List<Row> rows = new ArrayList<>();
        for (ReadReplica replica : state.readReplicas().values()) {
            Keyspace keyspace = state.keyspace(replica.keyspace());
            if (keyspace == null) {
                throw new IllegalStateException(replica + " is of no keyspace");
            }
            Bytes start = replica.start();
            ReplicaProgress progress = latest.get(replica.id());
            rows.add(new Row(
                    replica,
                    keyspace.placement(),
                    new KeyRange(start, keyspace.endOf(start)),
                    keyspace.tabletAt(start).tablet().shard(),
                    progress != null && progress.attempt() == replica.attempt() ? progress : null));
        }
        return new ReplicaRows(rows, nowMillis);
    }

    String table(Palette palette) {
        Table table =
                new Table("ID", "KEYSPACE", "RANGE", "OWNER", "REPLICA", "STATE", "ROWS", "LAG", "AGE", "MAX AGE");
        for (Row row : rows) {
            ReadReplica replica = row.replica();
            ReplicaProgress progress = row.progress();
            Long age = row.stalenessMillis(nowMillis);
            table.row(
                    replica.id(),
                    replica.keyspace(),
                    RangeText.format(row.placement(), row.range()),
                    row.owner(),
                    replica.shard(),
                    replica.state().name(),
                    progress == null ? "?" : Amounts.count(progress.rows()),
                    progress == null ? "?" : Amounts.count(ReplicaGauge.lag(progress)),
                    age == null ? "?" : Durations.show(age),
                    Durations.show(replica.maxStalenessMillis()));
        }
        return table.render(palette);
    }

    List<Json.Fields> json() {
        return rows.stream().map(this::json).toList();
    }

    private Json.Fields json(Row row) {
        ReadReplica replica = row.replica();
        ReplicaProgress progress = row.progress();
        return Json.fields()
                .with("replica", replica.id())
                .with("keyspace", replica.keyspace())
                .with("range", RangeText.format(row.placement(), row.range()))
                .with("owner", row.owner())
                .with("shard", replica.shard())
                .with("state", replica.state())
                .with("attempt", replica.attempt())
                .with("maxStalenessMillis", replica.maxStalenessMillis())
                .with("stalenessMillis", row.stalenessMillis(nowMillis))
                .with("position", progress == null ? null : progress.position())
                .with("lagRecords", progress == null ? null : ReplicaGauge.lag(progress))
                .with("rows", progress == null ? null : progress.rows())
                .with("rowsPerSecondLimit", progress == null ? null : progress.rowsPerSecondLimit());
    }
}
