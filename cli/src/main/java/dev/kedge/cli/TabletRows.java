package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.schemas.report.Report.TabletLoad;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tablets with what is known of their load. */
record TabletRows(List<Row> rows) {
    /** One tablet; its load is null if no worker reported it lately. */
    record Row(
            Keyspace keyspace,
            KeyRange range,
            Tablet tablet,
            @Nullable TabletLoad load) {}

    static TabletRows of(Iterable<Keyspace> keyspaces, Loads loads) {
        List<Row> rows = new ArrayList<>();
        for (Keyspace keyspace : keyspaces) {
            for (Map.Entry<Bytes, Tablet> entry : keyspace.tablets()) {
                KeyRange range = new KeyRange(entry.getKey(), keyspace.endOf(entry.getKey()));
                rows.add(new Row(keyspace, range, entry.getValue(), loads.tablet(keyspace.name(), entry.getKey())));
            }
        }
        return new TabletRows(rows);
    }

    String table(Palette palette) {
        Table table = new Table("KEYSPACE", "RANGE", "SHARD", "ROWS", "SIZE", "READS/S", "WRITES/S", "MIGRATION");
        for (Row row : rows) {
            TabletLoad load = row.load();
            table.row(
                    row.keyspace().name(),
                    RangeText.format(row.keyspace().placement(), row.range()),
                    row.tablet().shard(),
                    load == null ? "?" : "~" + Amounts.count(load.rows()),
                    load == null ? "?" : "~" + Amounts.bytes(load.bytes()),
                    load == null ? "?" : Amounts.count(Math.round(load.readsPerSecond())),
                    load == null ? "?" : Amounts.count(Math.round(load.writesPerSecond())),
                    row.tablet().migration() == null ? "" : row.tablet().migration());
        }
        return table.render(palette);
    }

    List<Json.Fields> json() {
        return rows.stream().map(TabletRows::json).toList();
    }

    private static Json.Fields json(Row row) {
        TabletLoad load = row.load();
        return Json.fields()
                .with("keyspace", row.keyspace().name())
                .with("range", RangeText.format(row.keyspace().placement(), row.range()))
                .with("shard", row.tablet().shard())
                .with("migration", row.tablet().migration())
                .with("rowsEstimate", load == null ? null : load.rows())
                .with("bytesEstimate", load == null ? null : load.bytes())
                .with("readsPerSecond", load == null ? null : load.readsPerSecond())
                .with("writesPerSecond", load == null ? null : load.writesPerSecond());
    }
}
