package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.cli.CommandException.Failed;
import dev.kedge.history.History;
import dev.kedge.history.Linearizability;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.Command.StartMigration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge demo}. */
@Command(
        name = "demo",
        description = {
            "Move a range there, back, and there again under traffic, and check all that clients were told.",
            "With --scenario hotspot: let one shard get hot, and watch the policies split it, spread it, and join it again.",
            "Starts a Kafka, a control plane and two workers as processes of their own. Exits with 0 if nothing was lost, doubled"
                    + " or stale, no client saw an error, and no process is left."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final String KEYSPACE = "demo";
    private static final String SOURCE = "shard-1";
    private static final String DESTINATION = "shard-2";
    /** The source has slots up to here, the destination those from here on. */
    private static final int SOURCE_END = 0x3000;
    /** The upper half of the source's slots moves. */
    private static final int MOVING_FROM = 0x1800;

    private static final Duration TRAFFIC_BETWEEN = Duration.ofSeconds(2);
    private static final int LOADING_THREADS = 8;

    enum Scenario {
        MOVE,
        HOTSPOT
    }

    @Option(
            names = "--scenario",
            defaultValue = "move",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Scenario scenario = Scenario.MOVE;

    @Option(names = "--rows", description = "Rows of 100 bytes (default: 200000; hotspot: 20000).")
    @Nullable
    Integer givenRows;

    @Option(
            names = "--rate",
            description = "Operations per second of all clients together (default: 5000; hotspot: 2000).")
    @Nullable
    Integer givenRate;

    private int rows;
    private int rate;

    @Option(names = "--clients", defaultValue = "8", description = "Clients (default: ${DEFAULT-VALUE}).")
    int clients;

    @Option(names = "--seed", defaultValue = "1", description = "Of what the clients ask (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep all data and logs in this directory.")
    @Nullable
    Path keep;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        boolean hotspot = scenario == Scenario.HOTSPOT;
        rows = givenRows != null ? givenRows : hotspot ? 20_000 : 200_000;
        rate = givenRate != null ? givenRate : hotspot ? 2_000 : 5_000;
        checkOptions();
        DemoScreen screen = new DemoScreen(output);
        screen.line("Kafka, a control plane and two workers; " + Amounts.count(rows) + " rows of 100 bytes; " + clients
                + " clients with " + Amounts.rate(rate, "operations") + ": reads, writes, deletes, increments");
        LocalCell cell = new LocalCell(
                new LocalCell.Settings(
                        keep,
                        0,
                        2,
                        0,
                        "192m",
                        "96m",
                        hotspot ? Duration.ofSeconds(1) : LocalCell.LOAD_INTERVAL,
                        true,
                        Duration.ofSeconds(15)),
                screen::step);
        Thread closing = new Thread(cell::close, "demo-close");
        Runtime.getRuntime().addShutdownHook(closing);
        DemoOutcome verdict;
        try {
            cell.start();
            verdict = run(cell, screen);
        } finally {
            cell.close();
        }
        List<Long> left = cell.pids().stream().filter(DemoCommand::isAlive).toList();
        boolean removed = keep != null || !Files.exists(cell.dataDir());
        screen.step("all processes ended" + (left.isEmpty() ? "" : " but " + left)
                + (keep == null
                        ? (removed ? ", data removed from " : ", data left in ") + cell.dataDir()
                        : ", data kept in " + keep));
        DemoOutcome.Remains remains = new DemoOutcome.Remains(left, removed ? null : cell.dataDir());
        verdict.show(screen, output, remains);
        return verdict.exitStatus(remains);
    }

    private void checkOptions() {
        if (rows < 1 || rows > 9_999_999) {
            throw new BadInput("--rows " + rows + ": give 1 to 9999999");
        }
        if (rate < 1 || clients < 1 || clients > 256) {
            throw new BadInput("give a --rate of 1 or more, and 1 to 256 --clients");
        }
        try {
            if (keep != null && Files.exists(keep) && (!Files.isDirectory(keep) || !isEmpty(keep))) {
                throw new BadInput(keep + " is not an empty directory: --keep wants a new one");
            }
        } catch (IOException e) {
            throw new BadInput("can't look into " + keep + ": " + e.getMessage());
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private DemoOutcome run(LocalCell cell, DemoScreen screen) {
        CellOptions options = cell.options();
        KeyOptions key = new KeyOptions();
        key.keyspace = KEYSPACE;
        try (CellSession session = CellSession.open(options, output)) {
            CellSetup setup = new CellSetup(session, output);
            setup.addShards(List.of(LocalCell.worker(1), LocalCell.worker(2)));
            setup.createKeyspace(
                    KEYSPACE,
                    List.of(
                            new InitialTablet(Bytes.EMPTY, SOURCE),
                            new InitialTablet(Slots.bound(SOURCE_END), DESTINATION)));
            setup.awaitServing(List.of(SOURCE, DESTINATION));
            screen.step("shards serve, keyspace " + KEYSPACE + " created");
            ClientSettings settings = ClientSettings.DEFAULTS.withConnectionsPerEndpoint(clients + LOADING_THREADS);
            try (RoutingClient routing = key.route(options, output);
                    KedgeClient client = new KedgeClient(routing, settings, OperationObserver.NONE)) {
                KeyspaceClient keys = client.keyspace(KEYSPACE);
                return scenario == Scenario.HOTSPOT
                        ? hotspot(cell, screen, session, keys)
                        : run(cell, screen, session, routing, keys);
            }
        }
    }

    private DemoVerdict run(
            LocalCell cell, DemoScreen screen, CellSession session, RoutingClient routing, KeyspaceClient keys) {
        DemoRows data = new DemoRows(rows);
        counted(screen, "loading rows", rows, done -> data.load(keys, LOADING_THREADS, done));
        History history = new History(System::nanoTime);
        List<DemoMigration> ways = new ArrayList<>();
        KeyRange range = new KeyRange(Slots.bound(MOVING_FROM), Slots.bound(SOURCE_END));
        try (DemoTraffic traffic = new DemoTraffic(
                        keys,
                        data,
                        history,
                        clients,
                        rate,
                        seed,
                        slot -> slot >= MOVING_FROM && slot < SOURCE_END,
                        "");
                DemoDriver driver =
                        new DemoDriver(session, routing, KEYSPACE, range, traffic, screen, cell.anyEnds())) {
            traffic.start();
            driver.watchTraffic(TRAFFIC_BETWEEN);
            screen.step("traffic: " + Amounts.count(traffic.operations()) + " operations in 2 s");
            StartMigration command =
                    new StartMigration(KEYSPACE, SOURCE, DESTINATION, range.start(), range.end(), DemoDriver.options());
            String words = RangeText.format(Placement.HASH, range) + ", half of " + SOURCE + ", ";

            DemoMigration there = driver.migrate("1. " + words + "to " + DESTINATION, command);
            show(screen, ways, there);
            driver.watchTraffic(TRAFFIC_BETWEEN);
            String id = there.migration().id();
            show(screen, ways, driver.rollback("2. rolled back, with what was written since", id));
            driver.watchTraffic(Duration.ofMillis(500));
            DemoMigration again = driver.migrate("3. " + words + "to " + DESTINATION + " again", command);
            long removed = driver.finish(again.migration().id());
            show(screen, ways, driver.now(again));
            screen.step("finished: " + SOURCE + " removed its " + Amounts.count(removed) + " rows of the range");
            traffic.stop();
            counted(
                    screen,
                    "reading everything back",
                    rows + DemoRows.COUNTERS,
                    done -> data.readBack(keys, LOADING_THREADS, history, done));
            return verdict(screen, ways, traffic, history, data);
        }
    }

    /** Nearly all of the traffic on the source, by Zipf's law. */
    private HotspotVerdict hotspot(LocalCell cell, DemoScreen screen, CellSession session, KeyspaceClient keys) {
        DemoRows data = new DemoRows(rows);
        counted(screen, "loading rows", rows, done -> data.load(keys, LOADING_THREADS, done));
        History history = new History(System::nanoTime);
        ZipfRows popular = new ZipfRows(rows, slot -> slot < SOURCE_END, HotspotDemo.EXPONENT, seed);
        try (DemoTraffic traffic = new DemoTraffic(keys, popular, history, clients, rate, seed, slot -> true, "");
                HotspotDemo demo = new HotspotDemo(session, screen, traffic, SOURCE, cell.anyEnds())) {
            traffic.start();
            HotspotDemo.Result result = demo.run();
            traffic.stop();
            counted(
                    screen,
                    "reading everything back",
                    rows + DemoRows.COUNTERS,
                    done -> data.readBack(keys, LOADING_THREADS, history, done));
            return new HotspotVerdict(
                    result,
                    session.state(),
                    check(screen, history, data),
                    traffic.operations(),
                    traffic.errors(),
                    traffic.errorTexts());
        }
    }

    private static void show(DemoScreen screen, List<DemoMigration> ways, DemoMigration way) {
        ways.add(way);
        way.lines(screen.palette()).forEach(screen::line);
    }

    private DemoVerdict verdict(
            DemoScreen screen, List<DemoMigration> ways, DemoTraffic traffic, History history, DemoRows data) {
        return new DemoVerdict(
                ways,
                check(screen, history, data),
                traffic.operations(),
                rows + DemoRows.COUNTERS,
                traffic.errors(),
                traffic.errorTexts());
    }

    private static Linearizability.Verdict check(DemoScreen screen, History history, DemoRows data) {
        screen.status("checking " + Amounts.count(history.size()) + " operations");
        long begun = System.nanoTime();
        Linearizability.Verdict checked = Linearizability.check(history.operations(), data::initial);
        screen.step("checked " + Amounts.count(history.size()) + " operations on " + Amounts.count(checked.keys())
                + " keys in " + Durations.show((System.nanoTime() - begun) / 1_000_000));
        return checked;
    }

    private interface Counted {
        void run(AtomicInteger done);
    }

    /** Shows how far something is while it runs in another thread. */
    private static void counted(DemoScreen screen, String what, int all, Counted task) {
        AtomicInteger done = new AtomicInteger();
        long begun = System.nanoTime();
        CompletableFuture<Void> running = CompletableFuture.runAsync(() -> task.run(done));
        while (!isDone(running)) {
            screen.status(what + ": " + Amounts.count(done.get()) + " of " + Amounts.count(all));
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        screen.step(what + ": " + Amounts.count(all) + " in " + Durations.show(Math.round(seconds * 1000)) + ", "
                + Amounts.rate(all / seconds, "rows"));
    }

    /** Waits a little. */
    private static boolean isDone(CompletableFuture<Void> running) {
        try {
            running.get(50, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("INTERRUPTED", "interrupted", e);
        }
    }
}
