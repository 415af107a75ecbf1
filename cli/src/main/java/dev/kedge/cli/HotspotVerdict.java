package dev.kedge.cli;

import dev.kedge.history.Linearizability;
import dev.kedge.orchestrator.model.CellState;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * What the demo of the hot spot found.
 *
 * @param state of the cell at the end
 * @param operations of the traffic
 * @param errors that clients got
 * @param errorTexts the first of them
 */
record HotspotVerdict(
        HotspotDemo.Result result,
        CellState state,
        Linearizability.Verdict checked,
        long operations,
        long errors,
        List<String> errorTexts)
        implements DemoOutcome {
    /** The hot shard's part of the traffic falls to this share of what it was, or to less; half is perfect. */
    private static final double RELIEVED = 0.75;

    HotspotVerdict {
        errorTexts = List.copyOf(errorTexts);
    }

    private double before() {
        return result.before().share(result.hotShard());
    }

    private double after() {
        return result.after().share(result.hotShard());
    }

    private boolean relieved() {
        return before() > 0 && after() <= before() * RELIEVED;
    }

    @Override
    public boolean isGood() {
        return checked.holds() && errors == 0 && relieved() && result.joined();
    }

    @Override
    public void show(DemoScreen screen, OutputOptions output, Remains remains) {
        Palette palette = screen.palette();
        Table table = new Table("SHARD", "WORKER", "BEFORE", "", "AFTER", "");
        for (String shard : shards()) {
            var known = state.shard(shard);
            table.row(
                    shard,
                    known == null ? "?" : known.worker(),
                    rate(result.before(), shard),
                    share(result.before(), shard),
                    rate(result.after(), shard),
                    share(result.after(), shard));
        }
        table.render(palette).lines().forEach(screen::line);
        errorTexts.forEach(text -> screen.line(palette.bad("error: ") + text));
        checked.violations().forEach(violation -> screen.line(palette.bad("violation: ") + violation));
        String spread = String.format(
                Locale.ROOT,
                "%s had %.0f %% of the load and has %.0f %%",
                result.hotShard(),
                100 * before(),
                100 * after());
        screen.line(relieved() ? palette.good("SPREAD: ") + spread : palette.bad("NOT SPREAD: ") + spread);
        screen.line(
                result.joined()
                        ? palette.good("JOINED") + " again when the load was gone"
                        : palette.bad("NOT JOINED") + " when the load was gone");
        String what = Amounts.count(operations) + " operations on " + Amounts.count(checked.keys()) + " keys, "
                + checked.indeterminate() + " without an answer, " + errors + " errors";
        screen.line(
                checked.holds()
                        ? palette.good("LINEARIZABLE: no lost, no doubled, no stale read") + " in " + what
                        : palette.bad("NOT LINEARIZABLE") + ": "
                                + checked.violations().size() + " keys are wrong in " + what);
        screen.line(String.format(Locale.ROOT, "%.1f s", screen.seconds()));
        if (output.json()) {
            output.print(json(screen, remains));
        }
    }

    private TreeSet<String> shards() {
        TreeSet<String> shards = new TreeSet<>(result.before().perSecond().keySet());
        shards.addAll(result.after().perSecond().keySet());
        return shards;
    }

    private static String rate(ShardLoads loads, String shard) {
        return Amounts.rate(loads.perSecond(shard), "requests");
    }

    private static String share(ShardLoads loads, String shard) {
        return Math.round(100 * loads.share(shard)) + " %";
    }

    private Json.Fields json(DemoScreen screen, Remains remains) {
        EventText words = new EventText(state);
        return Json.fields()
                .with("good", isGood(remains))
                .with("linearizable", checked.holds())
                .with("spread", relieved())
                .with("joined", result.joined())
                .with("hotShard", result.hotShard())
                .with("shareBefore", before())
                .with("shareAfter", after())
                .with("requestsPerSecondBefore", result.before().json())
                .with("requestsPerSecondAfter", result.after().json())
                .with("policy", PolicyField.json(result.policy()))
                .with("events", result.events().stream().map(words::json).toList())
                .with("operations", operations)
                .with("keys", checked.keys())
                .with("indeterminate", checked.indeterminate())
                .with("errors", errors)
                .with("errorTexts", errorTexts)
                .with(
                        "violations",
                        checked.violations().stream().map(v -> v.toString()).toList())
                .with("leftRunning", remains.running())
                .with("leftData", remains.data() == null ? null : remains.data().toString())
                .with("seconds", screen.seconds());
    }
}
