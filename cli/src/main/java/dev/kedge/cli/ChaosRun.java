package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.history.Linearizability;
import dev.kedge.history.Operation;
import dev.kedge.model.Bytes;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.audit.CellAudit;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KedgeException;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.event.EventEnvelope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Chaos in rounds. In a round parts are harmed while clients and migrations go on; then all harm ends and everything must settle within
 * a bound, and all that clients were told is checked. Each round begins with what the one before was found to hold, so a run of hours needs no
 * more memory than one of minutes. That leaves nothing unchecked: an append that is still on its way when a key is read back is either part of the
 * opening that answers, which then waits for it, or of an earlier one, and void for ever (R1).
 */
final class ChaosRun {
    private static final String KEYSPACE = "chaos";
    private static final double ROUND_SECONDS = 120;
    private static final int READING_THREADS = 4;
    private static final Duration SETTLED_WITHIN = Duration.ofMinutes(2);

    private static final Duration MOST_OVERTIME = Duration.ofMinutes(4);

    private final ChaosCell cell;
    private final DemoScreen screen;
    private final OutputOptions output;
    private final long seed;
    private final double minutes;
    private final int rate;
    private final int clients;
    private final DemoRows data;
    private final ChaosVerdict verdict;
    /** What each key held when it was last read back. */
    private final Map<Bytes, @Nullable Bytes> held = new HashMap<>();

    ChaosRun(
            ChaosCell cell,
            DemoScreen screen,
            OutputOptions output,
            long seed,
            double minutes,
            int rows,
            int rate,
            int clients) {
        this.cell = cell;
        this.screen = screen;
        this.output = output;
        this.seed = seed;
        this.minutes = minutes;
        this.rate = rate;
        this.clients = clients;
        this.data = new DemoRows(rows);
        this.verdict = new ChaosVerdict(seed);
    }

    ChaosVerdict run() {
        CellOptions options = cell.options();
        KeyOptions key = new KeyOptions();
        key.keyspace = KEYSPACE;
        try (CellSession session = CellSession.open(options, output)) {
            setUp(session);
            try (RoutingClient routing = key.route(options, output);
                    KedgeClient hurried = client(routing, Duration.ofSeconds(10));
                    KedgeClient patient = client(routing, SETTLED_WITHIN);
                    ChaosFaults faults = new ChaosFaults(cell, seed, screen::step)) {
                run(session, faults, hurried.keyspace(KEYSPACE), patient.keyspace(KEYSPACE));
            }
            if (verdict.isGood()) {
                new ChaosStores(cell, session, output).check(KEYSPACE, verdict::wrong);
                screen.step("rebuilt every store from its log and compared");
            }
        }
        verdict.requireEnough();
        return verdict;
    }

    private KedgeClient client(RoutingClient routing, Duration deadline) {
        ClientSettings settings =
                ClientSettings.DEFAULTS.withDeadline(deadline).withConnectionsPerEndpoint(clients + READING_THREADS);
        return new KedgeClient(routing, settings, OperationObserver.NONE);
    }

    private void setUp(CellSession session) {
        CellSetup setup = new CellSetup(session, output);
        setup.addShards(ChaosCell.workerNames());
        List<InitialTablet> tablets = new ArrayList<>();
        List<String> shards = new ArrayList<>();
        for (int i = 0; i < ChaosCell.WORKERS; i++) {
            int slot = i * Slots.COUNT / ChaosCell.WORKERS;
            shards.add(CellSetup.shard(i + 1));
            tablets.add(new InitialTablet(slot == 0 ? Bytes.EMPTY : Slots.bound(slot), CellSetup.shard(i + 1)));
        }
        setup.createKeyspace(KEYSPACE, tablets);
        setup.awaitServing(shards);
        screen.step("all serve");
    }

    private void run(CellSession session, ChaosFaults faults, KeyspaceClient hurried, KeyspaceClient patient) {
        data.load(patient, READING_THREADS, new AtomicInteger());
        for (int i = 0; i < data.rows(); i++) {
            held.put(DemoRows.row(i), data.initial(DemoRows.row(i)));
        }
        ChaosMigrations migrations = new ChaosMigrations(session, KEYSPACE, seed);
        int rounds = Math.max(1, (int) Math.ceil(minutes * 60 / ROUND_SECONDS));
        long nanos = (long) (minutes * 60e9 / rounds);
        for (int round = 1; round <= rounds && verdict.isGood(); round++) {
            screen.step("round " + round + " of " + rounds);
            round(round, nanos, faults, migrations, hurried, patient);
            faults.crashes().forEach(verdict::wrong);
            verdict.happened(
                    faults.counts(),
                    faults.gaveUpStarting(),
                    migrations.ended(),
                    migrations.failovers(),
                    migrations.drained());
            verify(session);
        }
    }

    /** On a machine that is slow, a round takes as long as it needs to show something. */
    private static boolean isEnough(ChaosFaults faults, ChaosMigrations migrations) {
        return faults.counts().size() == ChaosFault.values().length
                && migrations.ended().keySet().containsAll(ChaosVerdict.ENDS)
                && migrations.failovers() > 0
                && migrations.drained() > 0;
    }

    private void round(
            int round,
            long nanos,
            ChaosFaults faults,
            ChaosMigrations migrations,
            KeyspaceClient hurried,
            KeyspaceClient patient) {
        History history = new History(System::nanoTime);
        long healed;
        try (DemoTraffic traffic =
                new DemoTraffic(hurried, data, history, clients, rate, seed + round, slot -> true, round + "/")) {
            traffic.start();
            faults.begin();
            long until = System.nanoTime() + nanos;
            while (System.nanoTime() - until < 0
                    || (!isEnough(faults, migrations) && System.nanoTime() - until < MOST_OVERTIME.toNanos())) {
                migrations.step(true);
                faults.check();
                screen.status(Amounts.count(traffic.operations()) + " operations, "
                        + migrations.running().size() + " migrations under way, " + migrations.ended() + "; "
                        + faults.now());
            }
            faults.heal();
            healed = System.nanoTime();
            settle(migrations, healed);
            traffic.stop();
            readBack(patient, history);
            long settled = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed);
            check(history, traffic, settled);
        }
    }

    /** I9: with nothing broken any more, every migration ends. */
    private void settle(ChaosMigrations migrations, long healed) {
        while (!migrations.isSettled()) {
            if (System.nanoTime() - healed > SETTLED_WITHIN.toNanos()) {
                migrations.running().forEach(this::stuck);
                if (migrations.running().isEmpty()) {
                    verdict.wrong("a worker that was drained could not be taken into use again");
                }
                return;
            }
            migrations.step(false);
            screen.status("settling: " + migrations.running().size() + " migrations under way");
        }
    }

    private void stuck(Migration migration) {
        verdict.wrong("the migration " + migration.id() + " is still " + migration + " " + SETTLED_WITHIN.toSeconds()
                + " s after everything was brought back");
    }

    private void readBack(KeyspaceClient patient, History history) {
        AtomicInteger done = new AtomicInteger();
        try {
            data.readBack(patient, READING_THREADS, history, done);
        } catch (KedgeException e) {
            verdict.wrong("after " + done.get() + " keys one could not be read within " + SETTLED_WITHIN.toSeconds()
                    + " s after everything was brought back: " + e);
        }
    }

    private void check(History history, DemoTraffic traffic, long settledMillis) {
        long begun = System.nanoTime();
        List<Operation> operations = history.operations();
        Linearizability.Verdict checked = Linearizability.check(operations, held::get);
        checked.violations().forEach(violation -> verdict.wrong(violation.toString()));
        screen.step("settled in " + Durations.show(settledMillis) + "; checked " + Amounts.count(operations.size())
                + " operations on " + Amounts.count(checked.keys()) + " keys in "
                + Durations.show(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)));
        verdict.round(
                traffic.operations(),
                checked.indeterminate(),
                traffic.errors(),
                data.rows() + (long) DemoRows.COUNTERS,
                settledMillis);
        for (Operation operation : operations) {
            if (operation.action() instanceof Action.Read && operation.answer() instanceof Answer.Value value) {
                held.put(operation.key(), value.value()); // in the order of calls: the last is the one read back
            }
        }
    }

    /** I8, I1: the routing topic and the control plane's state are what the events say. */
    private void verify(CellSession session) {
        CellOptions options = cell.options();
        try (CellAudit audit = new CellAudit(options.kafka("chaos"), options.cell(), options.serdes())) {
            CellAudit.Result result = audit.verify(SETTLED_WITHIN);
            result.findings().forEach(finding -> verdict.wrong("audit: " + finding.describe()));
            screen.step("audit: " + Amounts.count(result.events()) + " events, "
                    + result.findings().size() + " differences");
        } catch (IllegalStateException e) {
            throw new Failed("AUDIT", "can't read the cell's topics: " + e.getMessage(), e);
        }
        List<EventEnvelope> unused = session.poll(Duration.ZERO);
    }
}
