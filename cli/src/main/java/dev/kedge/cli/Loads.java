package dev.kedge.cli;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Heartbeat;
import dev.kedge.schemas.report.Report.ShardLoad;
import dev.kedge.schemas.report.Report.ShardStatus;
import dev.kedge.schemas.report.Report.TabletLoad;
import dev.kedge.schemas.report.Report.TabletUse;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the workers last said about themselves. Rows and bytes are estimates. */
final class Loads {
    private static final long REPORTS_READ = 5_000;

    /** Nothing was said. */
    static final Loads NONE = new Loads();

    private final Map<String, Heartbeat> byWorker = new HashMap<>();
    private final Map<String, Long> heardMillis = new HashMap<>();
    private final Map<String, ShardLoad> byShard = new HashMap<>();

    /** Reads the end of the reports topic. */
    static Loads read(CellSession session) {
        Loads loads = new Loads();
        try (TopicFeed<Report> reports = session.reports(REPORTS_READ)) {
            reports.readToEnd(entry -> {
                if (entry.value() instanceof Heartbeat heartbeat) {
                    loads.byWorker.put(heartbeat.worker(), heartbeat);
                    loads.heardMillis.put(heartbeat.worker(), entry.timeMillis());
                } else if (entry.value() instanceof ShardLoad load) {
                    loads.byShard.put(load.shard(), load);
                }
            });
        }
        return loads;
    }

    /** As its worker last reported it; null if it did not lately. */
    @Nullable
    ShardStatus shard(String worker, String shard) {
        Heartbeat heartbeat = byWorker.get(worker);
        return heartbeat == null
                ? null
                : heartbeat.shards().stream()
                        .filter(s -> s.shard().equals(shard))
                        .findFirst()
                        .orElse(null);
    }

    @Nullable
    Long heardMillis(String worker) {
        return heardMillis.get(worker);
    }

    /** In the last load interval; null if that was not reported lately. */
    @Nullable
    TabletUse use(String shard, String keyspace, Bytes start) {
        ShardLoad load = byShard.get(shard);
        return load == null
                ? null
                : load.tablets().stream()
                        .filter(use ->
                                use.keyspace().equals(keyspace) && use.start().equals(start))
                        .findFirst()
                        .orElse(null);
    }

    @Nullable
    TabletLoad tablet(String keyspace, Bytes start) {
        for (Heartbeat heartbeat : byWorker.values()) {
            for (ShardStatus shard : heartbeat.shards()) {
                for (TabletLoad tablet : shard.tablets()) {
                    if (tablet.keyspace().equals(keyspace) && tablet.start().equals(start)) {
                        return tablet;
                    }
                }
            }
        }
        return null;
    }
}
