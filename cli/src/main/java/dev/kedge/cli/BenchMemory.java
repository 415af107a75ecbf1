package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.model.Bytes;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import dev.kedge.schemas.command.Command.InitialTablet;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge bench memory}. */
@Command(
        name = "memory",
        description =
                "How much memory a worker takes for many rows: fills one shard, then reads rows at random. Values"
                        + " are random bytes, which do not compress. Takes twice their size on disk, Kafka's log and the store.",
        mixinStandardHelpOptions = true)
final class BenchMemory implements Callable<Integer> {
    private static final String KEYSPACE = "bench";
    private static final String SHARD = "shard-1";
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+([0-9]+) kB");

    @Option(names = "--rows", defaultValue = "10000000", description = "Rows (default: ${DEFAULT-VALUE}).")
    int rows;

    @Option(
            names = "--value-bytes",
            defaultValue = "1000",
            description = "Bytes of a value (default: ${DEFAULT-VALUE}).")
    int valueBytes;

    @Option(
            names = "--reads",
            defaultValue = "1000000",
            description = "Rows read at random (default: ${DEFAULT-VALUE}).")
    int reads;

    @Option(
            names = "--heap",
            defaultValue = "256m",
            paramLabel = "SIZE",
            description = "The worker's heap (default: ${DEFAULT-VALUE}).")
    String heap = "";

    @Option(
            names = "--memory",
            defaultValue = "256m",
            paramLabel = "SIZE",
            description = "The worker's --memory for its stores (default: ${DEFAULT-VALUE}).")
    String memory = "";

    @Option(names = "--threads", defaultValue = "4", description = "Clients (default: ${DEFAULT-VALUE}).")
    int threads;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        DemoScreen screen = new DemoScreen(output);
        LocalCell cell = new LocalCell(
                new LocalCell.Settings(
                        null, 0, 1, 0, heap, memory, LocalCell.LOAD_INTERVAL, false, Duration.ofSeconds(15)),
                screen::step);
        Thread closing = new Thread(cell::close, "bench-close");
        Runtime.getRuntime().addShutdownHook(closing);
        try {
            cell.start();
            measure(cell, screen);
            return ExitStatus.OK;
        } finally {
            cell.close();
        }
    }

    private void measure(LocalCell cell, DemoScreen screen) {
        KeyOptions key = new KeyOptions();
        key.keyspace = KEYSPACE;
        try (CellSession session = CellSession.open(cell.options(), output)) {
            CellSetup setup = new CellSetup(session, output);
            setup.addShards(List.of(LocalCell.worker(1)));
            setup.createKeyspace(KEYSPACE, List.of(new InitialTablet(Bytes.EMPTY, SHARD)));
            setup.awaitServing(List.of(SHARD));
            try (RoutingClient routing = key.route(cell.options(), output);
                    KedgeClient client = new KedgeClient(
                            routing,
                            ClientSettings.DEFAULTS.withConnectionsPerEndpoint(threads),
                            OperationObserver.NONE)) {
                KeyspaceClient keys = client.keyspace(KEYSPACE);
                long worker = cell.workerPids().getFirst();
                Long idle = tell(screen, "idle", worker);
                fill(keys, screen);
                Long filled = tell(screen, "filled with " + Amounts.bytes((long) rows * valueBytes), worker);
                readAtRandom(keys, screen);
                Long read = tell(screen, "after " + Amounts.count(reads) + " random reads", worker);
                long disk = sizeOf(cell.dataDir().resolve(LocalCell.worker(1)));
                screen.line("store on disk " + Amounts.bytes(disk) + "; heap " + heap + ", store memory " + memory);
                if (output.json()) {
                    output.print(Json.fields()
                            .with("rows", rows)
                            .with("valueBytes", valueBytes)
                            .with("reads", reads)
                            .with("residentBytesIdle", idle)
                            .with("residentBytesFilled", filled)
                            .with("residentBytesRead", read)
                            .with("diskBytes", disk)
                            .with("seconds", screen.seconds()));
                }
            }
        }
    }

    private void fill(KeyspaceClient keys, DemoScreen screen) {
        long begun = System.nanoTime();
        AtomicInteger done = new AtomicInteger();
        Batches.run(threads, rows, (from, to) -> {
            Map<Bytes, Bytes> batch = new LinkedHashMap<>();
            for (int i = from; i < to; i++) {
                batch.put(row(i), value(i));
            }
            keys.mset(batch);
            screen.status(
                    "filled " + Amounts.count(done.addAndGet(to - from)) + " of " + Amounts.count(rows) + " rows");
        });
        screen.step("filled at " + Amounts.rate(rows / ((System.nanoTime() - begun) / 1e9), "rows"));
    }

    private void readAtRandom(KeyspaceClient keys, DemoScreen screen) {
        AtomicLong wrong = new AtomicLong();
        AtomicInteger done = new AtomicInteger();
        Batches.run(threads, reads, (from, to) -> {
            SplittableRandom random = new SplittableRandom(from);
            List<Integer> indexes = new ArrayList<>();
            for (int i = from; i < to; i++) {
                indexes.add(random.nextInt(rows));
            }
            List<@Nullable Bytes> values =
                    keys.mget(indexes.stream().map(BenchMemory::row).toList());
            for (int i = 0; i < indexes.size(); i++) {
                wrong.addAndGet(Objects.equals(values.get(i), value(indexes.get(i))) ? 0 : 1);
            }
            screen.status("read " + Amounts.count(done.addAndGet(to - from)) + " of " + Amounts.count(reads));
        });
        if (wrong.get() > 0) {
            throw new Failed("WRONG_VALUES", wrong + " reads did not return what was written");
        }
    }

    /** Returns what it tells. */
    private static @Nullable Long tell(DemoScreen screen, String when, long pid) {
        Long peak = peakBytes(pid);
        screen.step(when + ": the worker's resident memory was at most "
                + (peak == null ? "(this system does not tell)" : Amounts.bytes(peak)));
        return peak;
    }

    /** Largest resident set so far; null where the system does not tell. */
    private static @Nullable Long peakBytes(long pid) {
        Path status = Path.of("/proc", String.valueOf(pid), "status");
        if (!Files.isReadable(status)) {
            return null;
        }
        try {
            Matcher matcher = PEAK.matcher(Files.readString(status));
            return matcher.find() ? Long.parseLong(matcher.group(1)) * 1024 : null;
        } catch (IOException e) {
            throw new Failed("PROC", "can't read " + status + ": " + e.getMessage(), e);
        }
    }

    private static long sizeOf(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toFile)
                    .filter(File::isFile)
                    .mapToLong(File::length)
                    .sum();
        } catch (IOException e) {
            throw new Failed("DATA_DIR", "can't read " + directory + ": " + e.getMessage(), e);
        }
    }

    private static Bytes row(int index) {
        return Bytes.utf8(String.format(Locale.ROOT, "row:%09d", index));
    }

    private Bytes value(int index) {
        byte[] bytes = new byte[valueBytes];
        new SplittableRandom(index).nextBytes(bytes);
        return Bytes.wrap(bytes);
    }
}
