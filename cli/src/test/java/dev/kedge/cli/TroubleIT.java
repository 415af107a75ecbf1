package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.kafka.SharedKafka;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
import picocli.CommandLine;

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
                "worker --id w --data-dir target/nowhere --port 0",
            })
    @Timeout(12) // of which --timeout grants Kafka less than one; a worker that runs has far more patience
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
                "worker --id w --data-dir target/nowhere --registry ftp://somewhere",
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
        assertWorkerRefused(
                "no-such-cell", "TOPIC_MISSING", "no-such-cell.routing is not on Kafka", "kedge topics apply");
    }

    @Test
    void aWorkerDoesNotStartWithoutTheReports() throws ExecutionException, InterruptedException {
        create(new NewTopic("cli-silent.routing", 1, (short) 1).configs(Map.of("cleanup.policy", "compact")));
        assertWorkerRefused("cli-silent", "TOPIC_MISSING", "cli-silent.reports is not on Kafka", "kedge topics apply");
    }

    @Test
    void rolesDoNotStartOnATopicThatForgets() throws ExecutionException, InterruptedException {
        cell("cli-forgets").ok("topics", "apply");
        alter("cli-forgets.routing", "cleanup.policy", "delete");
        assertWorkerRefused(
                "cli-forgets",
                "TOPIC_MISCONFIGURED",
                "cli-forgets.routing",
                "cleanup.policy=delete",
                "kedge topics plan");
        Cli.Result get = cell("cli-forgets").run("get", "k", "--output", "json");
        assertThat(get.status()).isEqualTo(1);
        assertThat(code(get)).isEqualTo("TOPIC_MISCONFIGURED");
        assertOrchestratorRefused("cli-forgets", "TOPICS_DIFFER", "cli-forgets.routing has cleanup.policy=delete");
    }

    @Test
    void rolesDoNotStartOnATopicWithoutOneOrder() throws ExecutionException, InterruptedException {
        create(new NewTopic("cli-unordered.routing", 1, (short) 1).configs(Map.of("cleanup.policy", "compact")));
        create(new NewTopic("cli-unordered.reports", 2, (short) 1));
        assertWorkerRefused(
                "cli-unordered", "TOPIC_MISCONFIGURED", "cli-unordered.reports has 2 partitions", "kedge topics check");
        assertOrchestratorRefused("cli-unordered", "TOPICS_DIFFER", "cli-unordered.reports has 2 partitions");
    }

    private static void assertWorkerRefused(String cell, String code, String... words) {
        Cli.Result worker = cell(cell)
                .run("worker", "--id", "w", "--data-dir", "target/nowhere", "--port", "0", "--output", "json");
        assertThat(worker.status()).as("%s", worker).isEqualTo(1);
        assertThat(code(worker)).isEqualTo(code);
        assertThat(worker.err()).contains(words);
    }

    private static void assertOrchestratorRefused(String cell, String code, String... words) {
        Cli.Result orchestrator = cell(cell).run("orchestrator", "--data-dir", "target/nowhere", "--output", "json");
        assertThat(orchestrator.status()).as("%s", orchestrator).isEqualTo(1);
        assertThat(code(orchestrator)).isEqualTo(code);
        assertThat(orchestrator.err()).contains(words);
    }

    private static String code(Cli.Result failed) {
        return failed.json().get("error").get("code").asText();
    }

    private static void create(NewTopic topic) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()))) {
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    private static void alter(String topic, String setting, String value)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
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

        alter("cli-topics.events", "retention.ms", "1000");
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
        create(new NewTopic("cli-wide.events", 2, (short) 1));
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "worker --id w --data-dir target/nowhere --port 0",
                "orchestrator --data-dir target/nowhere --id o --standbys 0",
            })
    void rolesDoNotStartWithoutTheRegistry(String role) {
        cell("cli-unregistered").ok("topics", "apply");
        Cli.Result result = cell("cli-unregistered").runLine(role + " --registry http://127.0.0.1:1 --output json");
        assertThat(result.status()).as("%s", result).isEqualTo(1);
        assertThat(code(result)).isEqualTo("REGISTRY_UNREACHABLE");
        assertThat(result.err()).contains("127.0.0.1:1");
    }

    @Test
    void everyCommandHelps() {
        Set<String> helped = new TreeSet<>();
        help(List.of(), new CommandLine(Kedge.class, new NoInstances()), helped);
        assertThat(helped).contains("migrate", "worker", "worker list", "bench cutover");
    }

    private static void help(List<String> path, CommandLine command, Set<String> helped) {
        command.getSubcommands().forEach((name, sub) -> {
            if (sub.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            List<String> names = new ArrayList<>(path);
            names.add(name);
            String words = String.join(" ", names);
            Cli.Result result = new Cli().runLine(words + " --help");
            assertThat(result.status()).as("%s", words).isZero();
            assertThat(result.out()).contains("Usage: kedge " + words);
            helped.add(words);
            help(names, sub, helped);
        });
    }

    private static final class NoInstances implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        }
    }
}
