package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.orchestrator.model.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge dev}. */
@Command(
        name = "dev",
        description = {
            "Run a whole cell on this machine; Ctrl-C ends all of it.",
            "That is Kafka, a control plane, workers with a shard each, and a keyspace named default."
        },
        mixinStandardHelpOptions = true)
final class DevCommand implements Callable<Integer> {
    private static final String KEYSPACE = "default";
    private static final int MAX_WORKERS = 16;

    /** So that who tries policies out need not wait for long. */
    private static final Duration LOAD_INTERVAL = Duration.ofSeconds(2);

    @Option(names = "--workers", defaultValue = "2", description = "How many workers (default: ${DEFAULT-VALUE}).")
    int workers;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Keep the data here and go on with it the next time (default: a temporary directory).")
    @Nullable
    Path dataDir;

    @Option(
            names = "--kafka-port",
            defaultValue = "9092",
            description = "Kafka's port; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    int kafkaPort;

    @Option(
            names = "--port",
            defaultValue = "7001",
            description = "The first worker's port for Redis clients; 0 takes free ones (default: ${DEFAULT-VALUE}).")
    int port;

    @Option(
            names = "--memory",
            defaultValue = "128m",
            paramLabel = "SIZE",
            description = "Memory of each worker's stores (default: ${DEFAULT-VALUE}).")
    String memory = "";

    @Mixin
    Role role = new Role();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (workers < 1 || workers > MAX_WORKERS) {
            throw new BadInput("give 1 to " + MAX_WORKERS + " workers, not " + workers);
        }
        role.begin();
        LocalCell cell = new LocalCell(
                new LocalCell.Settings(
                        dataDir,
                        kafkaPort,
                        workers,
                        port,
                        "256m",
                        memory,
                        LOAD_INTERVAL,
                        false,
                        Duration.ofSeconds(10)),
                step -> output.remark("  " + step));
        Runtime.getRuntime().addShutdownHook(new Thread(cell::close, "dev-close"));
        cell.start();
        role.stay(output, prepare(cell), cell, cell.anyEnds());
        return ExitStatus.OK;
    }

    /** Returns what to say when all is ready. */
    private String prepare(LocalCell cell) {
        List<String> names =
                IntStream.rangeClosed(1, workers).mapToObj(LocalCell::worker).toList();
        List<String> shards =
                IntStream.rangeClosed(1, workers).mapToObj(CellSetup::shard).toList();
        CellOptions options = cell.options();
        try (CellSession session = CellSession.open(options, output)) {
            CellSetup setup = new CellSetup(session, output);
            setup.addShards(names);
            setup.createKeyspace(KEYSPACE, InitialLayout.blocks(shards, 1));
            setup.awaitServing(shards);
            return output.json() ? json(session, options) : text(session, options);
        }
    }

    private String text(CellSession session, CellOptions options) {
        Palette palette = output.palette();
        StringBuilder text = new StringBuilder(palette.good("ready"))
                .append("\n  Kafka     ")
                .append(options.bootstrap)
                .append("\n");
        for (Worker worker : session.state().workers().values()) {
            text.append("  ").append(String.format("%-9s", worker.name())).append(' ');
            text.append(worker.host()).append(':').append(worker.port()).append("   (Redis protocol)\n");
        }
        Worker first = session.state().workers().values().get(0);
        String env = options.bootstrap.equals("127.0.0.1:9092")
                ? ""
                : "  export KEDGE_BOOTSTRAP=" + options.bootstrap + "\n";
        text.append(palette.dim("try, in another terminal:")).append('\n').append(env);
        text.append("  redis-cli -c -h ")
                .append(first.host())
                .append(" -p ")
                .append(first.port())
                .append(" set hello world\n");
        text.append("  ./kedge get hello\n  ./kedge route hello\n");
        if (workers > 1) {
            text.append("  ./kedge migrate --from shard-1 --to shard-2 --range 0x0000-0x0800 --wait\n");
        }
        return text.append("  ./kedge tablet list\nCtrl-C ends all of it.").toString();
    }

    private static String json(CellSession session, CellOptions options) {
        return Json.write(Json.fields()
                .with("bootstrap", options.bootstrap)
                .with("keyspace", KEYSPACE)
                .with(
                        "workers",
                        session.state().workers().values().stream()
                                .map(w -> Json.fields()
                                        .with("worker", w.name())
                                        .with("endpoint", w.host() + ":" + w.port()))
                                .toList()));
    }
}
