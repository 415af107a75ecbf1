package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.simulation.history.History;
import dev.kedge.simulation.history.Linearizability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker is added to a cell of two, and the policies give it its part of the vnodes by themselves, under traffic: as few as balance needs.
 * Then it is drained, and they go back evenly. Real processes, driven by commands.
 */
@Timeout(400)
final class ElasticityIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ROWS = 2_000;

    @TempDir
    Path dir;

    @AfterAll
    static void quietAgain() {
        Logging.quiet();
    }

    @Test
    void vnodesSpreadOverAnAddedWorker() {
        LocalCell.Settings settings = new LocalCell.Settings(
                dir.resolve("cell"), 0, 2, 0, "128m", "64m", Duration.ofSeconds(1), true, Duration.ofSeconds(30));
        try (LocalCell cell = new LocalCell(settings, step -> {})) {
            cell.start();
            Cli cli = new Cli("--bootstrap", cell.options().bootstrap, "--timeout", "30s");
            for (String n : List.of("1", "2")) {
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> cli.run("shard", "add", "s" + n, "--worker", "worker-" + n)
                                        .status()
                                == 0);
            }
            cli.ok("keyspace", "create", "ring", "--shards", "s1,s2", "--vnodes", "6");
            underTraffic(cell, () -> {
                spread(cell, cli);
                drain(cell, cli);
            });
        }
    }

    private static void spread(LocalCell cell, Cli cli) {
        // Evened out by numbers of tablets: neither is there much data, nor does the little traffic count.
        cli.ok(
                "policy",
                "set",
                "--mode",
                "auto",
                "--max-qps",
                "0",
                "--balance-qps",
                "1000000",
                "--evaluate-every",
                "500ms",
                "--load-over",
                "2s",
                "--merge-window",
                "4s",
                "--stale-after",
                "30s",
                "--cooldown",
                "1s",
                "--migration-max-stall",
                "2s",
                "--migration-rollback-window",
                "0s",
                "--max-migrations-per-shard",
                "2",
                "--max-migrations-per-worker",
                "4");
        assertThat(cell.addWorker()).isEqualTo("worker-3");
        Map<String, Integer> spread = Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () -> tabletsByWorker(cli),
                        counts -> counts.size() == 3 && counts.values().stream().allMatch(c -> c == 4));
        assertThat(spread).containsOnlyKeys("worker-1", "worker-2", "worker-3");
        List<String> moved = new ArrayList<>();
        for (JsonNode proposal : cli.json("proposal", "list", "--all").get("proposals")) {
            assertThat(proposal.get("policy").asText()).isEqualTo("DISTRIBUTION");
            moved.add(proposal.get("action").get("range").asText());
        }
        assertThat(moved)
                .as("a third of twelve, each of them once: the ideal")
                .hasSize(4)
                .doesNotHaveDuplicates();
    }

    private static void drain(LocalCell cell, Cli cli) {
        send(cell, new Command.DrainWorker("worker-3", PolicyFile.parse("""
                {"migration": {"rollbackWindowMillis": 0, "maxStallMillis": 2000}}
                """).migration()));
        Map<String, Integer> left = Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> tabletsByWorker(cli), counts -> !counts.containsKey("worker-3"));
        assertThat(left.values()).as("evenly: six each, or one off").allMatch(count -> count >= 5 && count <= 7);
    }

    private static void send(LocalCell cell, Command command) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                cell.options().kafka("test").producer("commands"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            byte[] value = KedgeSerdes.bundled()
                    .commands()
                    .toBytes(new CommandEnvelope("test", System.currentTimeMillis(), command));
            var written =
                    producer.send(new ProducerRecord<>(cell.options().cell().commands(), value));
            assertThat(written).succeedsWithin(PATIENCE);
        }
    }

    private static Map<String, Integer> tabletsByWorker(Cli cli) {
        Map<String, String> workers = new TreeMap<>();
        cli.json("shard", "list")
                .get("shards")
                .forEach(s ->
                        workers.put(s.get("shard").asText(), s.get("worker").asText()));
        Map<String, Integer> counts = new TreeMap<>();
        cli.json("tablet", "list", "--keyspace", "ring")
                .get("tablets")
                .forEach(t -> counts.merge(workers.get(t.get("shard").asText()), 1, Integer::sum));
        return counts;
    }

    /** No client sees an error meanwhile, and nothing is lost. */
    private static void underTraffic(LocalCell cell, Runnable doing) {
        KedgeSerdes serdes = KedgeSerdes.bundled();
        RoutingSettings map = new RoutingSettings(
                cell.options().bootstrap,
                cell.options().cell().routing(),
                bytes -> serdes.routing().fromBytes(bytes));
        DemoRows data = new DemoRows(ROWS);
        History history = new History(System::nanoTime);
        try (RoutingClient routing = new RoutingClient(map).start();
                KedgeClient client = new KedgeClient(routing, ClientSettings.DEFAULTS, OperationObserver.NONE)) {
            data.load(client.keyspace("ring"), 2, new AtomicInteger());
            try (DemoTraffic traffic =
                    new DemoTraffic(client.keyspace("ring"), data, history, 2, 100, 1, slot -> true, "test")) {
                traffic.start();
                doing.run();
                traffic.stop();
                data.readBack(client.keyspace("ring"), 2, history, new AtomicInteger());
                assertThat(traffic.errorTexts()).isEmpty();
                assertThat(traffic.operations()).isPositive();
            }
        }
        assertThat(Linearizability.check(history.operations(), data::initial).violations())
                .isEmpty();
    }
}
