package dev.kedge.worker.load;

import dev.kedge.model.Positions;
import dev.kedge.schemas.report.Report.HotKey;
import java.util.List;

/**
 * What was asked of a tablet in an interval. A request that names several keys counts once for each.
 *
 * @param bytes of keys and values that came with the requests or went with their replies
 * @param p99Micros from the arrival of a request's last byte to its reply
 * @param hotKeys the most frequent first
 */
public record Demand(long reads, long writes, long bytes, long p99Micros, Positions requested, List<HotKey> hotKeys) {
    public static final Demand NONE = new Demand(0, 0, 0, 0, Positions.NONE, List.of());
}
