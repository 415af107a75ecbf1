package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.kafka.SharedKafka;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka, its topics and the registry are not as they should be. */
@Timeout(120)
final class TroubleIT {
    private static final Cli NOWHERE = new Cli("--bootstrap", "127.0.0.1:1", "--timeout", "700ms");

    @AfterAll
    static void quietAgain() {
        Logging.quiet(); // commands that stay up log more
    }

    private static Cli cell(String name) {
        return new Cli("--cell", name, "--bootstrap", SharedKafka.bootstrap(), "--timeout", "2s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "topics check",
                "topics apply",
                "keyspace list",
                "shard list",
                "tablet list",
                "migrations",
                "migrate --from a --to b",
                "migration show m1",
                "migration watch m1",
                "audit m1",
                "shard add a --worker w",
                "split --at 1",
                "get k",
                "put k v",
                "route k",
                "orchestrator --data-dir target/nowhere",
            })
    void kafkaCantBeReached(String command) {
        Cli.Result result = NOWHERE.runLine(command + " --output json");
        assertThat(result.status()).as("%s", result).isEqualTo(1);
        assertThat(result.json().get("error").get("code").asText()).isEqualTo("KAFKA_UNREACHABLE");
        assertThat(result.err()).contains("127.0.0.1:1", "--bootstrap");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "keyspace list --bootstrap nonsense",
                "keyspace list --cell Über",
                "keyspace list --registry ftp://somewhere",
                "keyspace list --timeout 0s",
                "keyspace list --timeout soon",
                "keyspace list --kafka-config target/no-such-file",
                "worker --id Worker --data-dir target/nowhere",
                "worker --id w --data-dir target/nowhere --host 0.0.0.0",
                "worker --id w --data-dir target/nowhere --advertise nowhere",
                "worker --id w --data-dir target/nowhere --memory 1k",
                "worker --id w --data-dir target/nowhere --port 99999",
                "orchestrator --data-dir target/nowhere --standbys -1",
                "dev --workers 0",
                "demo --rows 0",
            })
    void optionsThatMakeNoSense(String command) {
        Cli.Result result = new Cli().runLine(command);
        assertThat(result.status()).as("%s", result).isEqualTo(2);
        assertThat(result.err()).startsWith("kedge: ");
    }

    @Test
    void theTopicsAreMissing() {
        Cli.Result list = cell("no-such-cell").run("keyspace", "list", "--output", "json");
        assertThat(list.status()).isEqualTo(1);
        assertThat(list.json().get("error").get("code").asText()).isEqualTo("TOPIC_MISSING");
        assertThat(list.err()).contains("no-such-cell.events", "kedge topics apply");
        assertThat(cell("no-such-cell").run("get", "k").err()).contains("no-such-cell.routing");
    }

    @Test
    void rolesDoNotStartWithoutTheTopics() {
        Cli cell = cell("no-such-cell");
        Cli.Result orchestrator = cell.run("orchestrator", "--data-dir", "target/nowhere", "--output", "json");
        assertThat(orchestrator.status()).isEqualTo(1);
        assertThat(orchestrator.json().get("error").get("code").asText()).isEqualTo("TOPICS_DIFFER");
        Cli.Result worker = cell.run("worker", "--id", "w", "--data-dir", "target/nowhere", "--port", "0");
        assertThat(worker.status()).isEqualTo(1);
        assertThat(worker.err()).contains("no-such-cell.routing", "kedge topics apply");
    }

    @Test
    void theTopicsAreMadeAndPutRight() throws ExecutionException, InterruptedException {
        Cli cell = cell("cli-topics");
        assertThat(cell.run("topics", "check").status()).isEqualTo(1);
        assertThat(cell.json("topics", "plan").get("differences")).hasSize(4);
        assertThat(cell.ok("topics", "apply", "--dry-run").out()).contains("is missing");
        assertThat(cell.run("topics", "check").status()).isEqualTo(1);
        cell.ok("topics", "apply");
        assertThat(cell.ok("topics", "check").out()).contains("as they should be");
        assertThat(cell.ok("topics", "apply").out()).contains("nothing to do");

        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()))) {
            ConfigResource events = new ConfigResource(ConfigResource.Type.TOPIC, "cli-topics.events");
            admin.incrementalAlterConfigs(Map.of(
                            events,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("retention.ms", "1000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        Cli.Result check = cell.run("topics", "check", "--output", "json");
        assertThat(check.status()).isEqualTo(1);
        assertThat(check.json().get("differences").get(0).get("description").asText())
                .contains("retention.ms=1000");
        assertThat(cell.run("topics", "check").out()).contains("kedge topics apply");
        assertThat(cell.ok("topics", "apply").out()).contains("put right");
        cell.ok("topics", "check");
    }

    @Test
    void aTopicHasTooManyPartitions() throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("cli-wide.events", 2, (short) 1)))
                    .all()
                    .get();
        }
        Cli.Result list = cell("cli-wide").run("keyspace", "list", "--output", "json");
        assertThat(list.status()).isEqualTo(1);
        assertThat(list.json().get("error").get("code").asText()).isEqualTo("TOPIC_MISCONFIGURED");
        Cli.Result apply = cell("cli-wide").run("topics", "apply", "--output", "json");
        assertThat(apply.status()).isEqualTo(1);
        assertThat(apply.json().get("error").get("code").asText()).isEqualTo("TOPICS_DIFFER");
        assertThat(apply.err()).contains("nothing was changed", "cli-wide.events has 2 partitions");
    }

    @Test
    void nobodyAnswers() {
        Cli cell = cell("cli-idle");
        cell.ok("topics", "apply");
        assertThat(cell.ok("keyspace", "list").out()).contains("no keyspace yet");
        assertThat(cell.ok("shard", "list").out()).contains("no shard yet");
        assertThat(cell.ok("migrations").out()).contains("no migration");
        Cli.Result add = cell.run("shard", "add", "a", "--worker", "w", "--output", "json");
        assertThat(add.status()).isEqualTo(1);
        assertThat(add.json().get("error").get("code").asText()).isEqualTo("NO_ANSWER");
        assertThat(add.err()).contains("kedge orchestrator");
        assertThat(add.err()).as("said while waiting").contains("kedge: waiting for the orchestrator's answer");
    }

    @Test
    void theRegistryCantBeReached() {
        Cli.Result list =
                cell("cli-idle").run("keyspace", "list", "--registry", "http://127.0.0.1:1", "--output", "json");
        assertThat(list.status()).isEqualTo(1);
        assertThat(list.json().get("error").get("code").asText()).isEqualTo("REGISTRY_UNREACHABLE");
        assertThat(list.err()).contains("127.0.0.1:1");
    }

    @Test
    void everyCommandHelps() {
        help(
                List.of(),
                new picocli.CommandLine(Kedge.class, new NoInstances())
                        .getSubcommands()
                        .keySet());
    }

    private static void help(List<String> path, Iterable<String> names) {
        for (String name : names) {
            if (name.equals("warm-up")) {
                continue;
            }
            List<String> args = new java.util.ArrayList<>(path);
            args.add(name);
            args.add("--help");
            Cli.Result result = new Cli().run(args.toArray(new String[0]));
            assertThat(result.status()).as("%s", args).isZero();
            assertThat(result.out()).contains("Usage: kedge");
        }
    }

    private static final class NoInstances implements picocli.CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        }
    }
}
