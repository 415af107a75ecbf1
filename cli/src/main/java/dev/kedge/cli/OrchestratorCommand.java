package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.cli.CommandException.Failed;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.streams.Orchestrator;
import dev.kedge.orchestrator.streams.OrchestratorSettings;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import dev.kedge.topics.TopicPlanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge orchestrator}. */
@Command(
        name = "orchestrator",
        description = "Run the control plane of a cell. Of several, one decides and the others stand by.",
        mixinStandardHelpOptions = true)
final class OrchestratorCommand implements Callable<Integer> {
    private static final String INSTANCE_FILE = "instance";

    @Option(
            names = "--data-dir",
            required = true,
            paramLabel = "DIR",
            description = "Where its copy of the state is kept; rebuilt from Kafka if it is deleted.")
    Path dataDir = Path.of("");

    @Option(
            names = "--id",
            paramLabel = "NAME",
            description =
                    "Name of this instance among those of the cell (default: one made up and kept in --data-dir).")
    @Nullable
    String id;

    @Option(
            names = "--standbys",
            defaultValue = "1",
            description = "How many further instances keep a copy of the state (default: ${DEFAULT-VALUE}).")
    int standbys;

    @Option(
            names = "--worker-lost-after",
            defaultValue = "10s",
            paramLabel = "TIME",
            description =
                    "A worker that is silent for longer while others report is lost: its shards are opened elsewhere"
                            + " (default: ${DEFAULT-VALUE}).")
    Duration workerLostAfter = Duration.ZERO;

    @Option(
            names = "--shard-failed-after",
            defaultValue = "1m",
            paramLabel = "TIME",
            description =
                    "A shard that fails on a living worker for longer is opened elsewhere (default: ${DEFAULT-VALUE}).")
    Duration shardFailedAfter = Duration.ZERO;

    @Option(
            names = "--create-topics",
            description = "Make the cell's topics if they are missing, as kedge topics apply does.")
    boolean createTopics;

    @Mixin
    CellTopics topics = new CellTopics();

    @Mixin
    Role role = new Role();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws InterruptedException {
        role.begin();
        Cell of = cell.cell();
        KafkaClients kafka = cell.kafka("orchestrator");
        if (standbys < 0) {
            throw new BadInput("there can't be " + standbys + " standbys; give 0 or more");
        }
        Orchestrator orchestrator = new Orchestrator(
                new OrchestratorSettings(kafka, prepare(kafka, of), policy(of), dataDir, instance(), standbys),
                cell.serdes());
        orchestrator.start();
        role.stay(
                output,
                "the control plane of " + of.name() + " runs on Kafka at " + kafka.bootstrap(),
                orchestrator,
                orchestrator.stopped());
        return ExitStatus.OK;
    }

    private ControlPlaneSettings policy(Cell of) {
        try {
            return ControlPlaneSettings.defaults(of.name())
                    .failingOverAfter(workerLostAfter.toMillis(), shardFailedAfter.toMillis());
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private TopicOptions prepare(KafkaClients kafka, Cell of) {
        return output.during("looking at the topics", waiting -> {
            try (TopicAdmin admin = TopicAdmin.open(kafka)) {
                TopicOptions options = topics.options(admin, of);
                if (createTopics) {
                    new TopicPlanner(new TopicCatalogue(of, options)).apply(admin);
                }
                return options;
            }
        });
    }

    /** The same after a restart, so that Kafka takes it for the same member of the group. */
    private String instance() {
        if (id != null) {
            return id;
        }
        Path file = dataDir.resolve(INSTANCE_FILE);
        try {
            Files.createDirectories(dataDir);
            if (!Files.exists(file)) {
                Files.writeString(file, "orchestrator-" + UUID.randomUUID());
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new Failed("DATA_DIR", "can't keep anything in " + dataDir + ": " + e, e);
        }
    }
}
