package dev.kedge.cli;

import dev.kedge.schemas.report.Report;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What shards were asked for since a moment, by the reports of their workers. */
final class ShardLoads {
    private final long sinceMillis;
    private final Map<String, Sum> sums = new TreeMap<>();

    private record Sum(long requests, long millis, int reports) {
        double qps() {
            return millis == 0 ? 0 : requests * 1000.0 / millis;
        }
    }

    /** @param sinceMillis reports about an interval that began before this are passed over */
    ShardLoads(long sinceMillis) {
        this.sinceMillis = sinceMillis;
    }

    void see(TopicFeed.Entry<Report> entry) {
        if (entry.value() instanceof Report.ShardLoad load
                && entry.timeMillis() - load.intervalMillis() >= sinceMillis) {
            long requests = load.tablets().stream()
                    .mapToLong(use -> use.reads() + use.writes())
                    .sum();
            sums.merge(
                    load.shard(),
                    new Sum(requests, load.intervalMillis(), 1),
                    (a, b) -> new Sum(a.requests + b.requests, a.millis + b.millis, a.reports + b.reports));
        }
    }

    boolean hasReports(Set<String> shards, int count) {
        return shards.stream().allMatch(shard -> {
            Sum sum = sums.get(shard);
            return sum != null && sum.reports >= count;
        });
    }

    /** Requests per second by shard. */
    Map<String, Double> perSecond() {
        Map<String, Double> rates = new TreeMap<>();
        sums.forEach((shard, sum) -> rates.put(shard, sum.qps()));
        return rates;
    }

    double perSecond(String shard) {
        Sum sum = sums.get(shard);
        return sum == null ? 0 : sum.qps();
    }

    /** How much of all a shard serves. */
    double share(String shard) {
        double all = sums.values().stream().mapToDouble(Sum::qps).sum();
        return all == 0 ? 0 : perSecond(shard) / all;
    }

    Json.Fields json() {
        Json.Fields json = Json.fields();
        perSecond().forEach(json::with);
        return json;
    }
}
