package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.schemas.registry.SchemaRegistries;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.worker.engine.EngineSettings;
import dev.kedge.worker.load.LoadSettings;
import dev.kedge.worker.log.LogSettings;
import dev.kedge.worker.resp.RespServer;
import dev.kedge.worker.resp.RespSettings;
import dev.kedge.worker.runtime.ClientFrontend;
import dev.kedge.worker.runtime.LoopSettings;
import dev.kedge.worker.runtime.Worker;
import dev.kedge.worker.runtime.WorkerSettings;
import dev.kedge.worker.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge worker}. */
@Command(
        name = "worker",
        description =
                "Run a worker: it hosts the shards assigned to it and serves them in the Redis protocol. Or, by a subcommand, look"
                        + " at the workers of a cell and drain them.",
        mixinStandardHelpOptions = true,
        subcommands = {WorkerList.class, WorkerShow.class, WorkerDrain.class, WorkerUndrain.class})
final class WorkerCommand implements Callable<Integer> {
    @Option(
            names = "--id",
            paramLabel = "NAME",
            description =
                    "Required. Its name, of no other worker of the cell: lower-case letters, digits, '-' and '_'.")
    @Nullable
    String id;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Required. Where its shards' stores are kept; rebuilt from Kafka if they are deleted.")
    @Nullable
    Path dataDir;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    String host = "";

    @Option(
            names = "--port",
            defaultValue = "7001",
            description = "Port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    int port;

    @Option(
            names = "--advertise",
            paramLabel = "HOST:PORT",
            description = "Where clients reach it (default: --host and --port).")
    @Nullable
    String advertise;

    @Option(
            names = "--memory",
            defaultValue = "256m",
            paramLabel = "SIZE",
            description = "Memory of all its stores together, outside of the JVM's heap (default: ${DEFAULT-VALUE}).")
    Sizes memory = new Sizes(0);

    @Option(
            names = "--max-connections",
            defaultValue = "10000",
            paramLabel = "COUNT",
            description = "Clients' connections it takes; one more is told so and closed (default: ${DEFAULT-VALUE}).")
    int maxConnections;

    @Option(
            names = "--max-pipelined",
            defaultValue = "1024",
            paramLabel = "COUNT",
            description = "Requests of one connection it works on at once; it reads no more until replies are written"
                    + " (default: ${DEFAULT-VALUE}).")
    int maxPipelined;

    @Option(
            names = "--max-value",
            defaultValue = "512k",
            paramLabel = "SIZE",
            description = "Longest value it takes (default: ${DEFAULT-VALUE}).")
    Sizes maxValue = new Sizes(0);

    @Option(
            names = "--recover-unrepaired",
            description =
                    "Serves its shards also where acknowledged values may be gone from their logs for good: what the logs"
                            + " still have is all there will be.")
    boolean recoverUnrepaired;

    @Option(
            names = "--load-interval",
            defaultValue = "10s",
            paramLabel = "TIME",
            description = "How often it tells what its shards are asked for (default: ${DEFAULT-VALUE}).")
    Duration loadInterval = Duration.ZERO;

    @Mixin
    Role role = new Role();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    /** Where clients reach it; port 0 is the one listened on. */
    private record Address(String host, int port) {}

    @Override
    public Integer call() {
        // Not marked as required: the subcommands have no use for them.
        String name = given(id, "--id");
        Path data = given(dataDir, "--data-dir");
        role.begin();
        KafkaClients kafka = cell.kafka(name);
        Address reached = advertised();
        ClientFrontend frontend = new RespServer(frontend(name));
        WorkerSettings settings = settings(name, data, kafka, reached);
        requireTopics(kafka);
        Worker worker = Worker.start(
                settings, reached.port() == 0 ? frontend : new AdvertisedFrontend(frontend, reached.port()));
        role.stay(output, name + " serves at " + reached.host() + ":" + worker.port(), worker, worker.ended());
        return ExitStatus.OK;
    }

    /** Those a worker reads and writes from its start on. A worker that runs already waits for Kafka as long as it takes. */
    private void requireTopics(KafkaClients kafka) {
        Cell of = cell.cell();
        output.during("looking at the topics", waiting -> {
            TopicFeed.require(kafka, of.routing(), of.reports());
            return of;
        });
    }

    private static <T> T given(@Nullable T value, String option) {
        if (value == null) {
            throw new BadInput("a worker needs " + option
                    + ": kedge worker --id NAME --data-dir DIR runs one; kedge worker list shows those there are");
        }
        return value;
    }

    private RespSettings frontend(String name) {
        try {
            RespSettings.Limits d = RespSettings.Limits.DEFAULT;
            return RespSettings.of(name, Kedge.VERSION)
                    .withAddress(host, port)
                    .withMaxConnections(maxConnections)
                    .withLimits(new RespSettings.Limits(
                            d.maxKeyBytes(),
                            maxValueBytes(d),
                            d.maxRequestBytes(),
                            d.maxArgs(),
                            maxPipelined,
                            d.maxReplyBytes(),
                            d.maxHeldReplyBytes()));
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private int maxValueBytes(RespSettings.Limits limits) {
        if (maxValue.bytes() < 1 || maxValue.bytes() > limits.maxRequestBytes() / 2) {
            throw new BadInput("--max-value must be 1 byte to " + (limits.maxRequestBytes() >> 21)
                    + "m: a whole request, and a record of the shard's log, have to hold it");
        }
        return (int) maxValue.bytes();
    }

    private WorkerSettings settings(String name, Path data, KafkaClients kafka, Address reached) {
        try {
            SchemaRegistries.of(cell.registry); // said before anything is started, if it is no registry's URL
            return new WorkerSettings(
                    name,
                    cell.cell(),
                    cell.registry,
                    data,
                    reached.host(),
                    port,
                    WorkerSettings.DEFAULT_HEARTBEAT_INTERVAL,
                    StoreSettings.ofMemory(memory.bytes()),
                    EngineSettings.DEFAULTS,
                    recoverUnrepaired,
                    LogSettings.of(kafka),
                    LoopSettings.DEFAULT.withLoad(LoadSettings.DEFAULTS.withInterval(loadInterval)));
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private Address advertised() {
        if (advertise == null) {
            if (host.equals("0.0.0.0") || host.equals("::")) {
                throw new BadInput(
                        "it would listen on all addresses, so clients have to be told which to use: give --advertise"
                                + " HOST:PORT");
            }
            return new Address(host, 0);
        }
        int colon = advertise.lastIndexOf(':');
        try {
            int advertisedPort = Integer.parseInt(advertise.substring(colon + 1));
            if (colon > 0 && advertisedPort > 0 && advertisedPort <= 65_535) {
                return new Address(advertise.substring(0, colon), advertisedPort);
            }
        } catch (NumberFormatException e) {
            throw noAddress(advertise);
        }
        throw noAddress(advertise);
    }

    private static BadInput noAddress(String given) {
        return new BadInput("'" + given + "' is no address clients could use: give --advertise HOST:PORT");
    }
}
