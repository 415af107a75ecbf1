package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.kafka.SharedKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands about policies on a real cell: a keyspace all of whose tablets are on one of two shards. Nothing is asked of it, so the
 * distribution of the tablets is what the policies see.
 */
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PoliciesIT {
    private static final Cli CLI =
            new Cli("--cell", "cli-policies", "--bootstrap", SharedKafka.bootstrap(), "--timeout", "60s");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    static Path dir;

    private static LiveCell cell;

    private static String rejected;

    private static String carriedOut;

    @BeforeAll
    static void start() {
        CLI.ok("topics", "apply");
        cell = new LiveCell("cli-policies", dir);
        for (String shard : List.of("shard-1", "shard-2")) {
            String worker = shard.replace("shard", "worker");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            CLI.run("shard", "add", shard, "--worker", worker).status() == 0);
        }
    }

    @AfterAll
    static void stop() {
        cell.close();
    }

    @Test
    @Order(1)
    void aPolicyIsShownSetAndDropped() throws IOException {
        assertThat(CLI.ok("policy", "show").out())
                .contains("nothing was set", "--max-bytes", "100g", "--mode", "approve");
        assertThat(CLI.json("policy", "show").get("origin").asText()).isEqualTo("default");

        Cli.Result dry = CLI.ok("policy", "set", "--max-qps", "5000", "--dry-run");
        assertThat(dry.out()).contains("nothing was sent", "max-qps 10000 -> 5000");
        assertThat(CLI.json("policy", "show").get("origin").asText()).isEqualTo("default");

        // No distribution yet: what is planned later shall not be proposed before.
        CLI.ok("policy", "set", "--max-qps", "5000", "--max-bytes", "50g", "--imbalance-tolerance", "0");
        CLI.ok("keyspace", "create", "ring", "--shards", "shard-1", "--vnodes", "4");
        CLI.ok("policy", "set", "--cooldown", "2s");
        JsonNode cellPolicy = CLI.json("policy", "show");
        assertThat(cellPolicy.get("origin").asText()).isEqualTo("cell");
        assertThat(cellPolicy.get("policy").get("maxQps").asLong()).isEqualTo(5_000);
        assertThat(cellPolicy.get("policy").get("maxBytes").asLong()).isEqualTo(50_000_000_000L);
        assertThat(cellPolicy.get("policy").get("cooldownMillis").asLong()).isEqualTo(2_000);
        assertThat(CLI.ok("policy", "set", "--cooldown", "2s").out()).contains("nothing to do");

        Path file = dir.resolve("policy.json");
        Files.writeString(file, CLI.ok("policy", "show", "--output", "json").out());
        CLI.ok("policy", "set", "--keyspace", "ring", "--file", file.toString(), "--max-qps", "7000");
        assertThat(CLI.json("policy", "show", "--keyspace", "ring")
                        .get("policy")
                        .get("maxQps")
                        .asLong())
                .isEqualTo(7_000);
        assertThat(CLI.ok("policy", "show").out()).contains("policy of their own: ring");
        CLI.ok("policy", "set", "--keyspace", "ring", "--default");
        assertThat(CLI.json("policy", "show", "--keyspace", "ring")
                        .get("origin")
                        .asText())
                .isEqualTo("cell");
    }

    @Test
    @Order(2)
    void whatCantBeSetIsRefusedAndChangesNothing() throws IOException {
        Path file = dir.resolve("wrong.json");
        Files.writeString(file, "{\"maxQsp\": 5}");
        JsonNode before = CLI.json("policy", "show");
        for (String line : List.of(
                "policy set",
                "policy set --default --max-qps 5",
                "policy set --max-qps lots",
                "policy set --max-bytes 1x",
                "policy set --mode perhaps",
                "policy set --hysteresis 1.5",
                "policy set --merge-qps 5000",
                "policy set --evaluate-every 1ms",
                "policy set --keyspace nowhere --mode auto",
                "policy set --file " + file,
                "plan --policy " + file,
                "plan --policy target/no-such-file",
                "plan --keyspace nowhere",
                "rebalance --keyspace nowhere",
                "proposal show p1",
                "proposal approve p1",
                "proposal reject p1",
                "explain shard nowhere",
                "explain migration m99",
                "explain tablet",
                "explain tablet k --at 1",
                "explain tablet --at 99999 --keyspace ring")) {
            Cli.Result result = CLI.runLine(line + " --output json");
            assertThat(result.status()).as("%s", result).isEqualTo(2);
            assertThat(result.err()).as("%s", result).startsWith("kedge: ");
        }
        assertThat(CLI.runLine("plan --policy " + file).err()).contains("maxQsp", "maxQps");
        assertThat(CLI.json("policy", "show")).isEqualTo(before);
    }

    @Test
    @Order(3)
    void aPlanShowsWhatAPolicyWouldMoveAndChangesNothing() throws IOException {
        Path even = dir.resolve("even.json");
        Files.writeString(even, "{\"imbalanceTolerance\": \"20%\", \"staleMillis\": \"2m\"}");
        String file = even.toString();
        JsonNode plan = Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () -> CLI.json("plan", "--policy", file),
                        p -> !p.get("wanted").isEmpty());
        assertThat(CLI.json("plan").get("wanted"))
                .as("what is set wants nothing")
                .isEmpty();
        JsonNode wanted = plan.get("wanted").get(0);
        assertThat(wanted.get("policy").asText()).isEqualTo("DISTRIBUTION");
        assertThat(wanted.get("action").get("from").asText()).isEqualTo("shard-1");
        assertThat(wanted.get("action").get("to").asText()).isEqualTo("shard-2");
        assertThat(plan.get("balanceAfter").get("shards").asDouble())
                .isLessThan(plan.get("balance").get("shards").asDouble());
        assertThat(CLI.ok("plan", "--keyspace", "ring", "--policy", file).out())
                .contains("to be done now", "DISTRIBUTION", "from shard-1 to shard-2", "may", "is tolerated");
        assertThat(CLI.ok("rebalance", "--dry-run").out()).contains("nothing was sent");
        assertThat(shardOf("0x0000")).isEqualTo("shard-1");
        assertThat(CLI.json("migrations").get("migrations")).isEmpty();
    }

    @Test
    @Order(4)
    void proposalsWaitForSomebody() {
        CLI.ok(
                "policy",
                "set",
                "--imbalance-tolerance",
                "0.2",
                "--evaluate-every",
                "500ms",
                "--stale-after",
                "60s",
                "--migration-rollback-window",
                "0s");
        List<String> ids =
                Awaitility.await().atMost(PATIENCE).until(PoliciesIT::openProposals, open -> open.size() >= 2);
        assertThat(CLI.ok("proposal", "list").out()).contains(ids.get(0), "DISTRIBUTION", "APPROVE", "PROPOSED");
        rejected = ids.get(0);
        assertThat(CLI.ok("proposal", "show", rejected).out())
                .contains("waits for kedge proposal approve " + rejected, "imbalance");
        CLI.ok("proposal", "reject", rejected, "--reason", "not this one", "--dry-run");
        assertThat(openProposals()).contains(rejected);
        CLI.ok("proposal", "reject", rejected, "--reason", "not this one");
        assertThat(CLI.json("proposal", "show", rejected).get("status").asText())
                .isEqualTo("REJECTED");
        assertThat(CLI.run("proposal", "approve", rejected).status())
                .as("it is over")
                .isEqualTo(2);

        carriedOut = ids.get(1);
        JsonNode action = CLI.json("proposal", "show", carriedOut).get("action");
        CLI.ok("proposal", "approve", carriedOut, "--wait");
        assertThat(shardOf(action.get("range").asText().split("-", -1)[0])).isEqualTo("shard-2");
        assertThat(CLI.json("proposal", "show", carriedOut).get("migration").asText())
                .isEqualTo(carriedOut + "-1");
        assertThat(CLI.ok("proposal", "list", "--all").out()).contains(rejected, "REJECTED", carriedOut);
    }

    @Test
    @Order(5)
    void everythingIsExplained() {
        JsonNode action = CLI.json("proposal", "show", rejected).get("action");
        String bound = action.get("range").asText().split("-", -1)[0];
        assertThat(CLI.ok("explain", "tablet", "--at", bound, "--keyspace", "ring")
                        .out())
                .contains("bounds and owner", "not this one", "made by the DISTRIBUTION policy");
        assertThat(CLI.ok("explain", "shard", "shard-1").out())
                .contains(
                        "shard shard-1 on worker-1",
                        "requests/s",
                        "beyond which it is split",
                        "what was decided before");
        JsonNode shard = CLI.json("explain", "shard", "shard-2");
        assertThat(shard.get("maxQps").asLong()).isEqualTo(5_000);
        assertThat(shard.get("events")).isNotEmpty();
        assertThat(CLI.ok("explain", "migration", carriedOut + "-1").out())
                .contains(
                        "it carries out proposal " + carriedOut + " of the DISTRIBUTION policy",
                        "figures: ",
                        "approved  (by " + System.getProperty("user.name"));
    }

    private static List<String> openProposals() {
        List<String> ids = new ArrayList<>();
        CLI.json("proposal", "list")
                .get("proposals")
                .forEach(p -> ids.add(p.get("proposal").asText()));
        return ids;
    }

    private static String shardOf(String start) {
        for (JsonNode tablet : CLI.json("tablet", "list", "--keyspace", "ring").get("tablets")) {
            if (tablet.get("range").asText().startsWith(start + "-")) {
                return tablet.get("shard").asText();
            }
        }
        throw new AssertionError("no tablet starts at " + start);
    }
}
