package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.schemas.report.Report.HotKey;
import dev.kedge.schemas.report.Report.TabletLoad;
import dev.kedge.schemas.report.Report.TabletUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tablets with what is known of their load. */
record TabletRows(List<Row> rows) {
    /** One tablet; its load and use are null if no worker reported them lately. */
    record Row(
            Keyspace keyspace,
            KeyRange range,
            Tablet tablet,
            @Nullable TabletLoad load,
            @Nullable TabletUse use) {}

    static TabletRows of(Iterable<Keyspace> keyspaces, Loads loads) {
        List<Row> rows = new ArrayList<>();
        for (Keyspace keyspace : keyspaces) {
            for (Map.Entry<Bytes, Tablet> entry : keyspace.tablets()) {
                KeyRange range = new KeyRange(entry.getKey(), keyspace.endOf(entry.getKey()));
                Tablet tablet = entry.getValue();
                rows.add(new Row(
                        keyspace,
                        range,
                        tablet,
                        loads.tablet(keyspace.name(), entry.getKey()),
                        loads.use(tablet.shard(), keyspace.name(), entry.getKey())));
            }
        }
        return new TabletRows(rows);
    }

    String table(Palette palette) {
        Table table = new Table(
                "KEYSPACE", "RANGE", "SHARD", "ROWS", "SIZE", "READS/S", "WRITES/S", "P99", "HOT KEY", "MIGRATION");
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
                    row.use() == null ? "?" : Durations.showMicros(row.use().p99Micros()),
                    row.use() == null ? "?" : hotKey(row),
                    row.tablet().migration() == null ? "" : row.tablet().migration());
        }
        return table.render(palette);
    }

    /** The most frequent key with its share of the tablet's requests; empty where no key stands out. */
    private static String hotKey(Row row) {
        TabletUse use = Objects.requireNonNull(row.use());
        if (use.hotKeys().isEmpty()) {
            return "";
        }
        HotKey hottest = use.hotKeys().getFirst();
        long share = Math.round(100.0 * hottest.requests() / Math.max(1, use.reads() + use.writes()));
        return key(row, hottest.position()) + " " + share + "%";
    }

    List<Json.Fields> json() {
        return rows.stream().map(TabletRows::json).toList();
    }

    private static Json.Fields json(Row row) {
        TabletLoad load = row.load();
        TabletUse use = row.use();
        return Json.fields()
                .with("keyspace", row.keyspace().name())
                .with("range", RangeText.format(row.keyspace().placement(), row.range()))
                .with("shard", row.tablet().shard())
                .with("migration", row.tablet().migration())
                .with("rowsEstimate", load == null ? null : load.rows())
                .with("bytesEstimate", load == null ? null : load.bytes())
                .with("readsPerSecond", load == null ? null : load.readsPerSecond())
                .with("writesPerSecond", load == null ? null : load.writesPerSecond())
                .with("p99Micros", use == null ? null : use.p99Micros())
                .with(
                        "hotKeys",
                        use == null
                                ? null
                                : use.hotKeys().stream()
                                        .map(hot -> json(row, hot))
                                        .toList());
    }

    private static Json.Fields json(Row row, HotKey hot) {
        return Json.fields().with("key", key(row, hot.position())).with("requests", hot.requests());
    }

    private static String key(Row row, Bytes position) {
        return KeyText.format(row.keyspace().placement().key(position));
    }
}
