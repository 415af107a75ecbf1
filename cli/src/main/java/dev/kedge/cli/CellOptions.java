package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.registry.SchemaRegistries;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cell a command is about and how to reach it. */
final class CellOptions {
    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:KEDGE_BOOTSTRAP:-127.0.0.1:9092}",
            description = "Kafka's addresses, separated by commas; also KEDGE_BOOTSTRAP (default: ${DEFAULT-VALUE}).")
    String bootstrap = "";

    @Option(
            names = "--cell",
            paramLabel = "NAME",
            defaultValue = "${env:KEDGE_CELL:-kedge}",
            description = "The cell: what its topics' names begin with; also KEDGE_CELL (default: ${DEFAULT-VALUE}).")
    String cell = "";

    @Option(
            names = {"--registry", "--schema-registry"},
            paramLabel = "URL",
            defaultValue = "${env:KEDGE_REGISTRY:-bundled:}",
            description = "The schema registry: http(s)://host:port, or bundled: for the schemas of this build; also"
                    + " KEDGE_REGISTRY (default: ${DEFAULT-VALUE}).")
    String registry = "";

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "How long to wait for Kafka, and for the orchestrator's answer (default: ${DEFAULT-VALUE}).")
    Duration timeout = Duration.ZERO;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description = "A properties file with further settings for Kafka's clients, for instance for security.")
    @Nullable
    Path kafkaConfig;

    Cell cell() {
        try {
            return new Cell(cell);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    /** @param role begins the ids of the clients */
    KafkaClients kafka(String role) {
        if (timeout.isZero()) {
            throw new BadInput("a --timeout of nothing leaves Kafka no time to answer; give for instance 10s");
        }
        try {
            return new KafkaClients(bootstrap, "kedge-" + role, furtherSettings(), timeout);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    /** @throws dev.kedge.schemas.registry.SchemaRegistryException if the registry is away or refuses */
    KedgeSerdes serdes() {
        try {
            return new KedgeSerdes(SchemaRegistries.of(registry));
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private Map<String, String> furtherSettings() {
        Map<String, String> settings = new TreeMap<>();
        if (kafkaConfig != null) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(kafkaConfig)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new BadInput("can't read the Kafka settings in " + kafkaConfig + ": " + e.getMessage());
            }
            properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        }
        return settings;
    }

    /** What another process of the same cell is started with. */
    List<String> asArguments() {
        List<String> arguments =
                new ArrayList<>(List.of("--bootstrap", bootstrap, "--cell", cell, "--registry", registry));
        if (kafkaConfig != null) {
            arguments.add("--kafka-config");
            arguments.add(kafkaConfig.toString());
        }
        return arguments;
    }
}
