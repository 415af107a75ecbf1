package dev.kedge.cli;

import dev.kedge.model.Phase;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What came of a run of chaos; filled in as it goes. Not thread-safe. */
final class ChaosVerdict {
    /** How migrations must have ended, at least once each. */
    static final Set<Phase> ENDS = EnumSet.of(Phase.COMPLETED, Phase.ROLLED_BACK);

    private final long seed;
    private final List<String> wrong = new ArrayList<>();
    private final List<Long> settledMillis = new ArrayList<>();
    private Map<ChaosFault, Integer> faults = new EnumMap<>(ChaosFault.class);
    private Map<Phase, Integer> migrations = new EnumMap<>(Phase.class);
    private int gaveUpStarting;
    private long failovers;
    private long drained;
    private int rounds;
    private long operations;
    private long indeterminate;
    private long errors;
    private long readBack;

    ChaosVerdict(long seed) {
        this.seed = seed;
    }

    void wrong(String what) {
        wrong.add(what);
    }

    void round(long ofOperations, long ofIndeterminate, long ofErrors, long keysRead, long settled) {
        rounds++;
        operations += ofOperations;
        indeterminate += ofIndeterminate;
        errors += ofErrors;
        readBack += keysRead;
        settledMillis.add(settled);
    }

    void happened(
            Map<ChaosFault, Integer> faultsStruck,
            int startsGivenUp,
            Map<Phase, Integer> migrationsEnded,
            long shardsFailedOver,
            long workersDrained) {
        failovers = shardsFailedOver;
        drained = workersDrained;
        faults = faultsStruck;
        gaveUpStarting = startsGivenUp;
        migrations = migrationsEnded;
    }

    /** A run in which little happened shows little. */
    void requireEnough() {
        for (ChaosFault fault : ChaosFault.values()) {
            if (!faults.containsKey(fault)) {
                wrong("never happened: " + fault + "; give it more --minutes");
            }
        }
        if (failovers == 0) {
            wrong("no shard was ever opened by another worker; give it more --minutes");
        }
        if (drained == 0) {
            wrong("no worker was ever drained until it was empty; give it more --minutes");
        }
        for (Phase end : ENDS) {
            if (!migrations.containsKey(end)) {
                wrong("no migration has ended as " + end + "; give it more --minutes");
            }
        }
    }

    boolean isGood() {
        return wrong.isEmpty();
    }

    void show(DemoScreen screen, OutputOptions output, List<Long> leftRunning) {
        Palette palette = screen.palette();
        wrong.forEach(text -> screen.line(palette.bad("wrong: ") + text));
        screen.line("faults: " + faults + "; " + gaveUpStarting + " processes gave up starting and were started again");
        screen.line("migrations: " + migrations + "; " + failovers + " failovers, " + drained
                + " drains; settled within " + settledMillis + " ms after the faults ended");
        screen.line((isGood() ? palette.good("UNBROKEN") : palette.bad("BROKEN")) + ": "
                + Amounts.count(operations) + " operations in " + rounds + " rounds, " + indeterminate
                + " without an answer, " + errors + " errors told to clients; " + Amounts.count(readBack)
                + " keys read back; seed " + seed);
        if (output.json()) {
            output.print(json(screen, leftRunning));
        }
    }

    private Json.Fields json(DemoScreen screen, List<Long> leftRunning) {
        Json.Fields struck = Json.fields();
        faults.forEach((fault, count) -> struck.with(fault.name(), count));
        Json.Fields ended = Json.fields();
        migrations.forEach((phase, count) -> ended.with(phase.name(), count));
        return Json.fields()
                .with("good", isGood() && leftRunning.isEmpty())
                .with("seed", seed)
                .with("wrong", wrong)
                .with("rounds", rounds)
                .with("operations", operations)
                .with("indeterminate", indeterminate)
                .with("errors", errors)
                .with("readBack", readBack)
                .with("faults", struck)
                .with("migrations", ended)
                .with("failovers", failovers)
                .with("drained", drained)
                .with("gaveUpStarting", gaveUpStarting)
                .with("settledMillis", settledMillis)
                .with("leftRunning", leftRunning)
                .with("seconds", screen.seconds());
    }
}
