package dev.kedge.cli;

import dev.kedge.history.Linearizability;
import dev.kedge.history.Violation;
import java.util.List;
import java.util.Locale;

/**
 * What the demo found.
 *
 * @param operations of the traffic
 * @param readBack keys read at the end
 * @param errors that clients got
 * @param errorTexts the first of them
 */
record DemoVerdict(
        List<DemoMigration> ways,
        Linearizability.Verdict checked,
        long operations,
        int readBack,
        long errors,
        List<String> errorTexts)
        implements DemoOutcome {
    DemoVerdict {
        ways = List.copyOf(ways);
        errorTexts = List.copyOf(errorTexts);
    }

    @Override
    public boolean isGood() {
        return checked.holds() && errors == 0 && ways.stream().allMatch(DemoMigration::bothSidesAgree);
    }

    @Override
    public void show(DemoScreen screen, OutputOptions output, Remains remains) {
        Palette palette = screen.palette();
        for (String text : errorTexts) {
            screen.line(palette.bad("error: ") + text);
        }
        for (Violation violation : checked.violations()) {
            screen.line(palette.bad("violation: ") + violation);
        }
        for (DemoMigration way : ways) {
            if (!way.bothSidesAgree()) {
                screen.line(palette.bad("not the same on both sides: ") + way.title());
            }
        }
        String what = Amounts.count(operations) + " operations and " + Amounts.count(readBack)
                + " final reads on " + Amounts.count(checked.keys()) + " keys, "
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

    private Json.Fields json(DemoScreen screen, Remains remains) {
        return Json.fields()
                .with("good", isGood(remains))
                .with("linearizable", checked.holds())
                .with("operations", operations)
                .with("readBack", readBack)
                .with("keys", checked.keys())
                .with("indeterminate", checked.indeterminate())
                .with("errors", errors)
                .with("errorTexts", errorTexts)
                .with(
                        "violations",
                        checked.violations().stream().map(Violation::toString).toList())
                .with("migrations", ways.stream().map(DemoMigration::json).toList())
                .with("leftRunning", remains.running())
                .with("leftData", remains.data() == null ? null : remains.data().toString())
                .with("seconds", screen.seconds());
    }
}
