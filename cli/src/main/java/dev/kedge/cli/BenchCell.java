package dev.kedge.cli;

import dev.kedge.history.History;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Slots;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.Command.StartMigration;
import dev.kedge.schemas.command.MigrationOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A cell of two workers with rows on the first, for measuring. */
final class BenchCell {
    private static final String KEYSPACE = "bench";
    private static final String FIRST = "shard-1";
    private static final String SECOND = "shard-2";
    private static final int END = 0x3000;
    private static final int MIDDLE = 0x1800;
    private static final int LOADING_THREADS = 8;
    private static final KeyRange MOVING = new KeyRange(Slots.bound(MIDDLE), Slots.bound(END));

    private final DemoScreen screen;
    private final OutputOptions output;
    private final int rows;

    /** What a measurement works with. */
    record Tools(DemoDriver driver, DemoTraffic traffic, DemoRows rows) {
        /** Moves the upper half of the first shard's slots, there or back, up to the rollback window. */
        DemoMigration move(String title, boolean there) {
            return move(title, there, DemoDriver.options());
        }

        DemoMigration move(String title, boolean there, MigrationOptions options) {
            String from = there ? FIRST : SECOND;
            String to = there ? SECOND : FIRST;
            return driver.migrate(title, new StartMigration(KEYSPACE, from, to, MOVING.start(), MOVING.end(), options));
        }
    }

    /** Measures. */
    interface Measurement {
        int run(Tools tools);
    }

    BenchCell(DemoScreen screen, OutputOptions output, int rows) {
        this.screen = screen;
        this.output = output;
        this.rows = rows;
    }

    /** Starts the cell, loads it, measures, and ends all of it; returns what the measurement returns. */
    int measure(String workerHeap, String storeMemory, int clients, int rate, Measurement measurement) {
        LocalCell cell = new LocalCell(
                new LocalCell.Settings(
                        null, 0, 2, 0, workerHeap, storeMemory, LocalCell.LOAD_INTERVAL, false, Duration.ofSeconds(15)),
                screen::step);
        Thread closing = new Thread(cell::close, "bench-close");
        Runtime.getRuntime().addShutdownHook(closing);
        try {
            cell.start();
            return measure(cell, clients, rate, measurement);
        } finally {
            cell.close();
        }
    }

    private int measure(LocalCell cell, int clients, int rate, Measurement measurement) {
        KeyOptions key = new KeyOptions();
        key.keyspace = KEYSPACE;
        ClientSettings settings = ClientSettings.DEFAULTS.withConnectionsPerEndpoint(clients + LOADING_THREADS);
        try (CellSession session = CellSession.open(cell.options(), output)) {
            CellSetup setup = new CellSetup(session, output);
            setup.addShards(List.of(LocalCell.worker(1), LocalCell.worker(2)));
            setup.createKeyspace(
                    KEYSPACE,
                    List.of(new InitialTablet(Bytes.EMPTY, FIRST), new InitialTablet(Slots.bound(END), SECOND)));
            setup.awaitServing(List.of(FIRST, SECOND));
            DemoRows data = new DemoRows(rows);
            try (RoutingClient routing = key.route(cell.options(), output);
                    KedgeClient client = new KedgeClient(routing, settings, OperationObserver.NONE);
                    DemoTraffic traffic = new DemoTraffic(
                            client.keyspace(KEYSPACE),
                            data,
                            new History(System::nanoTime),
                            clients,
                            rate,
                            1,
                            slot -> slot >= MIDDLE && slot < END,
                            "");
                    DemoDriver driver =
                            new DemoDriver(session, routing, KEYSPACE, MOVING, traffic, screen, cell.anyEnds())) {
                long begun = System.nanoTime();
                data.load(client.keyspace(KEYSPACE), LOADING_THREADS, new AtomicInteger());
                screen.step("loaded " + Amounts.count(rows) + " rows, "
                        + Amounts.rate(rows / ((System.nanoTime() - begun) / 1e9), "rows"));
                return measurement.run(new Tools(driver, traffic, data));
            }
        }
    }
}
