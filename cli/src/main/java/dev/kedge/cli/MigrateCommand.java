package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command.StartMigration;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.report.Report.TabletLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge migrate}. */
@Command(
        name = "migrate",
        description = "Move a range of keys from one shard to another while both are in use.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A range is start-end, its end not included; 0x1000-, -m and - are open.",
            "HASH: slots, hexadecimal or decimal. RANGE: keys as " + KeyText.SYNTAX + ",",
            "and \\- for a dash inside a key.",
            "",
            "kedge migrate --keyspace users --from shard-1 --to shard-2 --range 0x1000-0x2000",
            "kedge migrate --keyspace names --from a --to b --start anna-maria --end bob"
        })
final class MigrateCommand implements Callable<Integer> {
    @Option(
            names = "--keyspace",
            defaultValue = "default",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})")
    String keyspace = "";

    @Option(names = "--from", required = true, paramLabel = "SHARD", description = "The shard that has the range.")
    String from = "";

    @Option(names = "--to", required = true, paramLabel = "SHARD", description = "The shard that is to get it.")
    String to = "";

    @Option(
            names = "--range",
            paramLabel = "RANGE",
            description = "What to move; may be left out if --from has a single tablet of the keyspace.")
    @Nullable
    String range;

    @Option(
            names = "--start",
            paramLabel = "BOUND",
            description = "Instead of --range: where it starts; dashes are dashes.")
    @Nullable
    String start;

    @Option(names = "--end", paramLabel = "BOUND", description = "Instead of --range: where it ends; not included.")
    @Nullable
    String end;

    @Option(
            names = "--rollback-window",
            defaultValue = "10m",
            paramLabel = "TIME",
            description = "How long the way back stays open after the cutover (default: ${DEFAULT-VALUE}).")
    Duration rollbackWindow = Duration.ZERO;

    @Option(
            names = "--max-stall",
            defaultValue = "100ms",
            paramLabel = "TIME",
            description = "Cut over only when clients are predicted to wait no longer (default: ${DEFAULT-VALUE}).")
    Duration maxStall = Duration.ZERO;

    @Option(
            names = "--rate",
            defaultValue = "0",
            paramLabel = "ROWS/S",
            description = "Limit of the copy in rows per second; 0 is none (default: ${DEFAULT-VALUE}).")
    int rate;

    @Option(
            names = "--copy-p99",
            defaultValue = "50ms",
            paramLabel = "TIME",
            description = "Slow the copy down while 1% of the clients of either shard wait longer than this; "
                    + "0ms: never (default: ${DEFAULT-VALUE}).")
    Duration copyP99 = Duration.ZERO;

    @Option(
            names = "--on-divergence",
            defaultValue = "RECOPY",
            description = "What to do if the copies differ: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    OnDivergence onDivergence = OnDivergence.RECOPY;

    @Option(
            names = "--max-attempts",
            defaultValue = "2",
            paramLabel = "COUNT",
            description = "Copies made before giving up when they differ (default: ${DEFAULT-VALUE}).")
    int maxAttempts;

    @Option(
            names = "--dual-write-timeout",
            defaultValue = "1s",
            paramLabel = "TIME",
            description = "Writers wait no longer for the destination to have what they wrote too (default:"
                    + " ${DEFAULT-VALUE}).")
    Duration dualWriteTimeout = Duration.ZERO;

    @Option(
            names = "--converge",
            defaultValue = "30s",
            paramLabel = "TIME",
            description =
                    "How long the destination may fail to come nearer before the limit of the copy is lifted, then"
                            + " the source braked, then the migration ended (default: ${DEFAULT-VALUE}).")
    Duration converge = Duration.ZERO;

    @Option(
            names = "--max-deferral",
            defaultValue = "10m",
            paramLabel = "TIME",
            description =
                    "How long the cutover may wait to be within --max-stall before the migration is ended (default:"
                            + " ${DEFAULT-VALUE}).")
    Duration maxDeferral = Duration.ZERO;

    @Option(
            names = "--wait",
            description = "Watch until the destination serves; exit with 1 if the migration is aborted.")
    boolean wait;

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (range != null && (start != null || end != null)) {
            throw new BadInput("--range says all that --start and --end do: give either");
        }
        try (CellSession session = CellSession.open(cell, output)) {
            Keyspace in = session.keyspace(keyspace);
            KeyRange what = what(in);
            StartMigration command = new StartMigration(keyspace, from, to, what.start(), what.end(), options());
            String note = submission.dryRun ? estimate(session, in, what) : null;
            Optional<Answer> answer = submission.submit(session, output, command, note);
            String id = answer.flatMap(Answer::planned)
                    .map(planned -> planned.migration())
                    .orElse(null);
            if (id == null) {
                return ExitStatus.OK;
            }
            if (wait) {
                return watch(session, id);
            }
            if (!output.json()) {
                output.print("watch it with: kedge migration watch " + id);
            }
            return ExitStatus.OK;
        }
    }

    private int watch(CellSession session, String id) {
        Migration migration =
                MigrationWatcher.watch(session, output, id, m -> m.isTerminal() || m.phase() == Phase.ROLLBACK_WINDOW);
        if (migration.phase() == Phase.ABORTED) {
            throw new Failed(
                    "ABORTED",
                    "the migration " + id + " was "
                            + new MigrationText(
                                            session.state(),
                                            migration,
                                            MigrationStory.of(session.view().history(id)))
                                    .outcome());
        }
        return ExitStatus.OK;
    }

    private MigrationOptions options() {
        MigrationOptions d = MigrationOptions.DEFAULTS;
        return new MigrationOptions(
                millis("--max-stall", maxStall),
                rollbackWindow.toMillis(),
                rate,
                d.catchUpLagRecords(),
                d.dualWriteStableMillis(),
                millis("--dual-write-timeout", dualWriteTimeout),
                d.takeoverMillis(),
                maxAttempts,
                onDivergence,
                millis("--copy-p99", copyP99),
                millis("--converge", converge),
                d.maxDualWriteLosses(),
                maxDeferral.toMillis());
    }

    static int millis(String option, Duration given) {
        if (given.toMillis() > Integer.MAX_VALUE) {
            throw new BadInput("a " + option + " of " + given.toDays() + " days is no limit; give an hour at most");
        }
        return (int) given.toMillis();
    }

    private KeyRange what(Keyspace in) {
        if (range != null) {
            return RangeText.parse(in.placement(), range);
        }
        if (start != null || end != null) {
            return RangeText.parse(in.placement(), start, end);
        }
        List<KeyRange> owned = new ArrayList<>();
        for (Keyspace.Placed tablet : in.tabletsIn(KeyRange.ALL)) {
            if (tablet.tablet().shard().equals(from)) {
                owned.add(tablet.range());
            }
        }
        if (owned.size() == 1) {
            return owned.get(0);
        }
        throw new BadInput(
                owned.isEmpty()
                        ? from + " has no tablet of " + keyspace + "; kedge tablet list shows who has which"
                        : from + " has " + owned.size() + " tablets of " + keyspace
                                + ": say with --range which part to move, for instance "
                                + RangeText.format(in.placement(), owned.get(0)));
    }

    /** Rows and bytes, as far as the workers' reports tell. */
    private String estimate(CellSession session, Keyspace in, KeyRange what) {
        Loads loads = Loads.read(session);
        double rows = 0;
        double bytes = 0;
        for (Keyspace.Placed tablet : in.tabletsIn(what)) {
            TabletLoad load = loads.tablet(keyspace, tablet.range().start());
            if (load == null) {
                return "how much that is to copy is not known: no worker reported its load lately";
            }
            double share = share(in.placement(), tablet.range(), what);
            rows += load.rows() * share;
            bytes += load.bytes() * share;
        }
        return "to copy: about " + Amounts.count(Math.round(rows)) + " rows, " + Amounts.bytes(Math.round(bytes));
    }

    /** How much of a tablet the range takes: by slots in a HASH keyspace; all of it in a RANGE keyspace, whose keys nobody counted. */
    private static double share(Placement placement, KeyRange tablet, KeyRange what) {
        if (placement == Placement.RANGE) {
            return 1;
        }
        int from = Math.max(slot(tablet.start()), slot(what.start()));
        int to = Math.min(endSlot(tablet), endSlot(what));
        return (double) (to - from) / (endSlot(tablet) - slot(tablet.start()));
    }

    private static int slot(Bytes bound) {
        return Slots.slotOf(bound);
    }

    private static int endSlot(KeyRange range) {
        return range.end() == null ? Slots.COUNT : slot(range.end());
    }
}
