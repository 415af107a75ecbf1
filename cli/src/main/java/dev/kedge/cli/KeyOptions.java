package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.topics.KafkaClients;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which key of which keyspace. */
final class KeyOptions {
    @Parameters(index = "0", paramLabel = "KEY", description = "As " + KeyText.SYNTAX + ".")
    String key = "";

    @Option(
            names = "--keyspace",
            defaultValue = "default",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})")
    String keyspace = "";

    Bytes key() {
        return KeyText.parse(key);
    }

    /** Knows the routing map when it returns. */
    RoutingClient route(CellOptions options, OutputOptions output) {
        KedgeSerdes serdes = options.serdes();
        KafkaClients kafka = options.kafka("cli");
        return output.during("reading the routing map from Kafka at " + kafka.bootstrap(), waiting -> {
            Map<String, Object> further = new TreeMap<>(kafka.further());
            // Checked first, because the routing client has more patience with Kafka than --timeout may allow.
            TopicFeed.require(kafka, options.cell().routing());
            return new RoutingClient(new RoutingSettings(
                            kafka.bootstrap(),
                            options.cell().routing(),
                            bytes -> serdes.routing().fromBytes(bytes),
                            kafka.timeout(),
                            null,
                            further))
                    .start();
        });
    }

    /** @throws BadInput if there is no such keyspace */
    KeyspaceRoute keyspace(RoutingClient routing) {
        KeyspaceRoute route = routing.map().keyspace(keyspace);
        if (route == null) {
            List<String> names = routing.map().keyspaces().stream()
                    .map(KeyspaceRoute::keyspace)
                    .toList();
            throw new BadInput("there is no keyspace " + keyspace
                    + CellSession.known("keyspaces", names, "kedge keyspace create makes one"));
        }
        return route;
    }
}
