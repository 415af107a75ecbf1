package dev.kedge.simulation.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Results as a table in Markdown, and as JSON. */
public final class BalanceTable {
    private BalanceTable() {}

    public static String markdown(List<Result> results) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| scenario | shards x tablets | simulated | balanced after | within tolerance | at rest for | moves | splits | merges | moved GB"
                        + " | optimum GB | moved, ideal | oscillations | limits broken | imbalance: worst, last | evaluation |");
        lines.add("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        results.forEach(r -> lines.add(row(r)));
        return String.join("\n", lines) + "\n";
    }

    private static String row(Result r) {
        Double least = r.leastBytes();
        return String.format(
                Locale.ROOT,
                "| %s | %d x %d | %.1f h | %s | %.0f %% of the time | %d min | %d | %d | %d | %.0f | %s | %s | %d | %d | %.0f %%, %.0f %% | %s |",
                r.scenario().title(),
                r.size().shards(),
                r.size().tablets(),
                r.minutes() / 60.0,
                r.minutesToBalance() < 0 ? "not always" : r.minutesToBalance() + " min",
                100 * r.shareWithinTolerance(),
                r.minutesAtRest(),
                r.moves(),
                r.splits(),
                r.merges(),
                r.movedBytes() / 1e9,
                least == null ? "-" : String.format(Locale.ROOT, "%.0f", least / 1e9),
                moved(r),
                r.oscillations().size(),
                r.violations().size(),
                100 * r.worstImbalance(),
                100 * r.lastImbalance(),
                evaluation(r));
    }

    /** What share of all bytes was moved, and what had to be. */
    private static String moved(Result r) {
        Double ideal = r.scenario().idealShare(r.size());
        return String.format(
                Locale.ROOT,
                "%.1f %%, %s",
                100 * r.movedBytes() / r.size().bytes(),
                ideal == null ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * ideal));
    }

    private static String evaluation(Result r) {
        return r.evaluationNanos() == 0
                ? "-"
                : String.format(Locale.ROOT, "%.0f ms", r.evaluationNanos() / 1e6 / Math.max(1, r.evaluations()));
    }

    /** One object for each result, in an array. */
    public static String json(List<Result> results) {
        return results.stream().map(BalanceTable::json).toList().toString();
    }

    private static String json(Result r) {
        Double least = r.leastBytes();
        return String.format(
                Locale.ROOT,
                "{\"scenario\":\"%s\",\"shards\":%d,\"tablets\":%d,\"seed\":%d,\"minutes\":%d,\"minutesToBalance\":%d,"
                        + "\"shareWithinTolerance\":%.4f,\"minutesAtRest\":%d,\"moves\":%d,\"splits\":%d,\"merges\":%d,\"movedBytes\":%.0f,"
                        + "\"leastBytes\":%s,\"oscillations\":%d,\"violations\":%d,\"worstImbalance\":%.4f,\"lastImbalance\":%.4f,"
                        + "\"evaluations\":%d,\"meanEvaluationMillis\":%.1f,\"worstEvaluationMillis\":%.1f}",
                r.scenario().title(),
                r.size().shards(),
                r.size().tablets(),
                r.seed(),
                r.minutes(),
                r.minutesToBalance(),
                r.shareWithinTolerance(),
                r.minutesAtRest(),
                r.moves(),
                r.splits(),
                r.merges(),
                r.movedBytes(),
                least == null ? "null" : String.format(Locale.ROOT, "%.0f", least),
                r.oscillations().size(),
                r.violations().size(),
                r.worstImbalance(),
                r.lastImbalance(),
                r.evaluations(),
                r.evaluationNanos() / 1e6 / Math.max(1, r.evaluations()),
                r.worstEvaluationNanos() / 1e6);
    }
}
