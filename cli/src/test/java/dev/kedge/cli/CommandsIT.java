package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.kafka.SharedKafka;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands on a real cell, in the order in which somebody would get to know them. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CommandsIT {
    private static final Cli CLI = new Cli("--cell", "cli-it", "--bootstrap", SharedKafka.bootstrap());

    @TempDir
    static Path dir;

    private static LiveCell cell;

    /** The first migration, kept in its window; the second, finished. */
    private static String open;

    private static String finished;

    @BeforeAll
    static void start() {
        CLI.ok("topics", "apply");
        cell = new LiveCell("cli-it", dir);
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
            Cli.Result added = CLI.run("shard", "add", "shard-1", "--worker", "worker-1");
            return added.status() == 0;
        });
    }

    @AfterAll
    static void stop() {
        cell.close();
    }

    @Test
    @Order(1)
    void shardsAreAddedToWorkers() {
        assertThat(CLI.ok("shard", "add", "shard-2", "--worker", "worker-2").out())
                .contains("shard shard-2 added on worker-2");
        assertThat(CLI.ok("shard", "add", "shard-2", "--worker", "worker-2").out())
                .contains("nothing to do");
        CLI.ok("shard", "add", "shard-3", "--worker", "worker-2", "--dry-run");
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode shards = CLI.json("shard", "list").get("shards");
            assertThat(shards).as("a dry run adds none").hasSize(2);
            assertThat(shards.get(0).get("state").asText()).isEqualTo("SERVING");
        });
        assertThat(CLI.ok("shard", "list").out()).contains("shard-1", "worker-1", "SERVING");
        assertThat(CLI.ok("shard", "show", "shard-1").out()).contains("cli-it.shard.shard-1.g1");
        assertThat(CLI.json("shard", "show", "shard-1").get("epoch").asInt()).isEqualTo(1);
    }

    @Test
    @Order(2)
    void keyspacesAreCreatedOnShards() {
        assertThat(CLI.ok("keyspace", "create", "users", "--shards", "shard-1,shard-2", "--dry-run")
                        .out())
                .contains("nothing was sent", "keyspace users (HASH) created with 2 tablets");
        assertThat(CLI.json("keyspace", "list").get("keyspaces")).isEmpty();

        CLI.ok("keyspace", "create", "users", "--shards", "shard-1,shard-2");
        CLI.ok("keyspace", "create", "ring", "--shards", "shard-1,shard-2", "--vnodes", "4");
        JsonNode created = CLI.json(
                "keyspace",
                "create",
                "names",
                "--placement",
                "range",
                "--shards",
                "shard-1,shard-2",
                "--split-at",
                "m");
        assertThat(created.get("dryRun").asBoolean()).isFalse();
        assertThat(created.get("events")
                        .get(0)
                        .get("tablets")
                        .get(1)
                        .get("start")
                        .asText())
                .isEqualTo("m");

        assertThat(CLI.ok("keyspace", "list").out()).contains("users", "HASH", "names", "RANGE", "ring");
        JsonNode users = CLI.json("keyspace", "show", "users");
        assertThat(users.get("placement").asText()).isEqualTo("HASH");
        assertThat(users.get("tablets").get(1).get("range").asText()).isEqualTo("0x2000-");
        assertThat(CLI.json("tablet", "list", "--keyspace", "ring").get("tablets"))
                .hasSize(8);
        assertThat(CLI.ok("tablet", "list").out()).contains("0x2000-", "shard-2", "m-");
    }

    @Test
    @Order(3)
    void keysAreWrittenReadAndFound() {
        assertThat(CLI.ok("put", "hello", "wor\\x00ld", "--keyspace", "users").out())
                .isEqualTo("OK\n");
        assertThat(CLI.json("get", "hello", "--keyspace", "users").get("value").asText())
                .isEqualTo("wor\\x00ld");
        CLI.ok("put", "gone", "soon", "--keyspace", "users");
        assertThat(CLI.ok("del", "gone", "--keyspace", "users").out()).isEqualTo("deleted\n");
        assertThat(CLI.json("del", "gone", "--keyspace", "users").get("deleted").asBoolean())
                .isFalse();
        assertThat(CLI.ok("get", "gone", "--keyspace", "users").out()).isEmpty();
        CLI.ok("put", "hello", "other", "--keyspace", "users", "--dry-run");
        assertThat(CLI.ok("del", "hello", "--keyspace", "users", "--dry-run").out())
                .contains("shard-1");
        assertThat(CLI.json("get", "hello", "--keyspace", "users").get("value").asText())
                .isEqualTo("wor\\x00ld");

        JsonNode route = CLI.json("route", "hello", "--keyspace", "users");
        assertThat(route.get("slot").asInt()).isEqualTo(866);
        assertThat(route.get("shard").asText()).isEqualTo("shard-1");
        assertThat(route.get("mapVersion").asLong()).isNotNegative();
        assertThat(CLI.ok("route", "zebra", "--keyspace", "names").out()).contains("tablet m- of names on shard-2");
    }

    @Test
    @Order(4)
    void tabletsAreSplitAndMerged() {
        assertThat(CLI.ok("split", "--keyspace", "users", "--at", "0x0800", "--dry-run")
                        .out())
                .contains("nothing was sent", "split at 0x0800");
        assertThat(CLI.json("keyspace", "show", "users").get("tablets")).hasSize(2);
        assertThat(CLI.ok("split", "--keyspace", "users", "--at", "0x0800").out())
                .contains("split at 0x0800");
        assertThat(CLI.json("keyspace", "show", "users").get("tablets")).hasSize(3);
        CLI.ok("merge", "--keyspace", "users", "--at", "2048", "--dry-run");
        assertThat(CLI.json("keyspace", "show", "users").get("tablets")).hasSize(3);
        CLI.ok("merge", "--keyspace", "users", "--at", "2048");
        assertThat(CLI.json("keyspace", "show", "users").get("tablets")).hasSize(2);
    }

    @Test
    @Order(5)
    void aDryRunOfAMigrationSendsNothing() {
        Cli.Result dry = CLI.ok(
                "migrate",
                "--keyspace",
                "users",
                "--from",
                "shard-1",
                "--to",
                "shard-2",
                "--range",
                "-0x1000",
                "--dry-run");
        assertThat(dry.out()).contains("nothing was sent", "split at 0x1000", "planned");
        assertThat(CLI.json("migrations").get("migrations")).isEmpty();
    }

    @Test
    @Order(6)
    void aMigrationIsWatchedUntilTheDestinationServes() {
        Cli.Result migrated = CLI.ok(
                "migrate",
                "--keyspace",
                "users",
                "--from",
                "shard-1",
                "--to",
                "shard-2",
                "--range",
                "-0x1000",
                "--wait");
        assertThat(migrated.out()).contains("copy started", "verified", "the new owner serves", "rollback window open");
        JsonNode listed = CLI.json("migrations").get("migrations");
        open = listed.get(0).get("migration").asText();
        assertThat(CLI.ok("migrations", "--running").out()).contains(open, "ROLLBACK_WINDOW", "0x0000-0x1000");

        JsonNode shown = CLI.json("migration", "show", open);
        assertThat(shown.get("owner").asText()).isEqualTo("shard-2");
        assertThat(shown.get("cutovers").get(0).get("version").asLong()).isPositive();
        assertThat(shown.get("verifications").get(0).get("rows").asLong()).isEqualTo(1);
        assertThat(CLI.ok("migration", "show", open).out()).contains("routing version", "may be rolled back until");
        assertThat(CLI.json("route", "hello", "--keyspace", "users")
                        .get("shard")
                        .asText())
                .isEqualTo("shard-2");
        assertThat(CLI.ok("get", "hello", "--keyspace", "users").out()).isEqualTo("wor\u0000ld\n");
    }

    @Test
    @Order(7)
    void theAuditNamesEveryCause() {
        JsonNode events = CLI.json("audit", open).get("events");
        List<String> types = new ArrayList<>();
        events.forEach(e -> types.add(e.get("type").asText()));
        assertThat(types)
                .startsWith("TabletSplit", "MigrationPlanned", "CopyStarted")
                .containsSubsequence("Verified", "CutoverCommitted", "CutoverVersioned", "CutoverCompleted");
        assertThat(events.get(0).get("cause").get("topic").asText()).isEqualTo("commands");
        assertThat(events.get(0).get("principal").asText()).isEqualTo(System.getProperty("user.name"));
        assertThat(CLI.ok("audit", open).out()).contains("commands@", "reports@", "copy started (attempt 1)");

        JsonNode verified = CLI.json("audit", "verify");
        assertThat(verified.get("agrees").asBoolean()).isTrue();
        assertThat(verified.get("events").asLong()).isGreaterThan(events.size());
        assertThat(verified.get("findings")).isEmpty();
        assertThat(CLI.ok("audit", "verify").out()).startsWith("agree: ");
    }

    /** While the first tablet of users is in its rollback window. */
    @ParameterizedTest
    @Order(8)
    @CsvSource({
        "migrate --keyspace nope --from shard-1 --to shard-2, BAD_INPUT, there is no keyspace nope",
        "migrate --keyspace users --from shard-9 --to shard-2 --range 0x2000-, UNKNOWN_SHARD, there is no shard shard-9",
        "migrate --keyspace users --from shard-2 --to shard-9 --range 0x2000-, UNKNOWN_SHARD, there is no shard shard-9",
        "migrate --keyspace users --from shard-2 --to shard-2 --range 0x2000-, SAME_SHARD, name another shard",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x3000-0x2800, BAD_INPUT, reversed",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x3000-0x3000, BAD_INPUT, empty",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x3000-0x5000, BAD_INPUT, outside",
        "migrate --keyspace users --from shard-2 --to shard-1 --range nonsense, BAD_INPUT, is no range",
        "migrate --keyspace users --from shard-1 --to shard-2 --range 0x3000-0x3800, RANGE_NOT_OWNED, not on shard-1",
        "migrate --keyspace users --from shard-1 --to shard-2 --range 0x1800-0x2800, RANGE_SPANS_SHARDS, one migration for each",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x0800-0x0900, OVERLAPS_MIGRATION, in migration",
        "migrate --keyspace users --from shard-2 --to shard-1, BAD_INPUT, say with --range which part",
        "migrate --keyspace ring --from shard-1 --to shard-2, BAD_INPUT, 4 tablets of ring",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x2000- --start 5, BAD_INPUT, give either",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x2000- --max-stall 1ms, BAD_OPTION, max stall",
        "migrate --keyspace users --from shard-2 --to shard-1 --range 0x2000- --rollback-window 99, BAD_INPUT, no duration",
        "migrate --keyspace users --from shard-2, BAD_INPUT, --to",
        "migration show m99999, BAD_INPUT, there is no migration m99999",
        "migration abort m99999, BAD_INPUT, there is no migration m99999",
        "audit nope, BAD_INPUT, there is no migration nope",
        "audit, BAD_INPUT, say of which migration",
        "shard add shard-1 --worker worker-2, SHARD_EXISTS, already",
        "shard add Shard --worker worker-2, BAD_NAME, lower-case",
        "shard add shard-3 --worker worker-9, UNKNOWN_WORKER, start it first",
        "shard show shard-9, BAD_INPUT, the shards are shard-1",
        "keyspace create users --shards shard-1, KEYSPACE_EXISTS, choose another name",
        "keyspace create more --shards shard-9, UNKNOWN_SHARD, there is no shard",
        "'keyspace create more --placement RANGE --shards shard-1,shard-2', BAD_INPUT, --split-at",
        "'keyspace create more --placement RANGE --shards shard-1 --split-at m,g', BAD_TABLETS, ascending",
        "keyspace create more --shards shard-1 --tablets 0, BAD_INPUT, give 1 to",
        "keyspace create more --shards shard-1 --tablets 2 --vnodes 2, BAD_INPUT, mutually exclusive",
        "keyspace show nope, BAD_INPUT, the keyspaces are",
        "split --keyspace users --at 0x2000, SPLIT_AT_BOUND, starts at 0x2000 already",
        "split --keyspace users --at 0x0800, TABLET_IN_MIGRATION, bounds must stand still",
        "split --keyspace users --at 0x9000, BAD_INPUT, outside",
        "split --keyspace nope --at 1, BAD_INPUT, there is no keyspace nope",
        "merge --keyspace nope --at 1, BAD_INPUT, there is no keyspace nope",
        "tablet list --keyspace nope, BAD_INPUT, there is no keyspace nope",
        "merge --keyspace users --at 0x2000, DIFFERENT_OWNERS, migrate one",
        "merge --keyspace users --at 0x2800, UNKNOWN_BOUND, no tablet of users starts",
        "merge --keyspace users --at 0, FIRST_TABLET, none before it",
        "get hello --keyspace nope, BAD_INPUT, there is no keyspace nope",
        "route hello --keyspace nope, BAD_INPUT, there is no keyspace nope",
        "get a\\qb --keyspace users, BAD_INPUT, begins nothing",
        "nonsense, BAD_INPUT, nonsense",
    })
    void whatCantBeDoneIsRefusedAndChangesNothing(String command, String code, String words) {
        List<String> before = tablets();
        Cli.Result result = CLI.runLine(command + " --output json");
        assertThat(result.status()).as("%s", result).isEqualTo(2);
        assertThat(result.err()).contains(words).startsWith("kedge: ");
        if (result.out().startsWith("{")) { // options that can't be parsed say nothing about the output wanted
            assertThat(result.json().get("error").get("code").asText()).isEqualTo(code);
        } else {
            assertThat(code).isEqualTo("BAD_INPUT");
        }
        assertThat(tablets()).isEqualTo(before);
    }

    private static List<String> tablets() {
        List<String> tablets = new ArrayList<>();
        for (JsonNode tablet : CLI.json("tablet", "list").get("tablets")) {
            tablets.add(String.join(
                    " ",
                    tablet.get("keyspace").asText(),
                    tablet.get("range").asText(),
                    tablet.get("shard").asText(),
                    tablet.get("migration").asText()));
        }
        return tablets;
    }

    @Test
    @Order(9)
    void anAbortAfterTheCommitPointPointsToRollback() {
        Cli.Result abort = CLI.run("migration", "abort", open, "--output", "json");
        assertThat(abort.status()).isEqualTo(2);
        assertThat(abort.json().get("error").get("code").asText()).isEqualTo("PAST_COMMIT_POINT");
        assertThat(abort.err()).contains("kedge migration rollback " + open);
        assertThat(CLI.run("migration", "abort", open, "--dry-run").status()).isEqualTo(2);
    }

    @Test
    @Order(10)
    void aRollbackKeepsWhatWasWrittenSince() {
        CLI.ok("put", "hello", "since", "--keyspace", "users");
        CLI.ok("migration", "rollback", open, "--dry-run");
        CLI.ok("migration", "finish", open, "--dry-run");
        assertThat(CLI.json("migration", "show", open).get("phase").asText()).isEqualTo("ROLLBACK_WINDOW");
        CLI.ok("migration", "pause", open, "--dry-run");
        assertThat(isPaused(open)).isFalse();
        CLI.ok("migration", "pause", open);
        assertThat(CLI.ok("migration", "show", open).out()).contains("paused");
        CLI.ok("migration", "resume", open, "--dry-run");
        assertThat(isPaused(open)).isTrue();
        CLI.ok("migration", "resume", open);
        assertThat(isPaused(open)).isFalse();
        CLI.ok("migration", "rollback", open, "--wait", "--reason", "second thoughts");
        assertThat(CLI.json("migration", "show", open).get("phase").asText()).isEqualTo("ROLLED_BACK");
        assertThat(CLI.json("route", "hello", "--keyspace", "users")
                        .get("shard")
                        .asText())
                .isEqualTo("shard-1");
        assertThat(CLI.ok("get", "hello", "--keyspace", "users").out()).isEqualTo("since\n");
        assertThat(CLI.ok("audit", open).out()).contains("second thoughts");
    }

    private static boolean isPaused(String migration) {
        return CLI.json("migration", "show", migration).get("paused").asBoolean();
    }

    @Test
    @Order(11)
    void aMigrationIsAbortedBeforeItsCommitPoint() {
        String id = CLI.json(
                        "migrate",
                        "--keyspace",
                        "names",
                        "--from",
                        "shard-1",
                        "--to",
                        "shard-2",
                        "--start",
                        "a-a",
                        "--end",
                        "a-z",
                        "--max-stall",
                        "250ms",
                        "--rollback-window",
                        "7m",
                        "--rate",
                        "1",
                        "--copy-p99",
                        "33ms",
                        "--on-divergence",
                        "abort",
                        "--max-attempts",
                        "3",
                        "--dual-write-timeout",
                        "1500ms",
                        "--converge",
                        "45s",
                        "--max-deferral",
                        "8m")
                .get("migration")
                .asText();
        JsonNode options = CLI.json("migration", "show", id).get("options");
        assertThat(options.get("maxStallMillis").asInt()).isEqualTo(250);
        assertThat(options.get("rollbackWindowMillis").asLong()).isEqualTo(420_000);
        assertThat(options.get("rowsPerSecond").asInt()).isEqualTo(1);
        assertThat(options.get("copyTargetP99Millis").asInt()).isEqualTo(33);
        assertThat(options.get("onDivergence").asText()).isEqualTo("ABORT");
        assertThat(options.get("maxAttempts").asInt()).isEqualTo(3);
        assertThat(options.get("dualWriteTimeoutMillis").asInt()).isEqualTo(1_500);
        assertThat(options.get("convergeMillis").asInt()).isEqualTo(45_000);
        assertThat(options.get("maxDeferralMillis").asLong()).isEqualTo(480_000);
        CLI.ok("migration", "abort", id, "--wait", "--reason", "on second thought");
        assertThat(CLI.ok("migration", "show", id).out()).contains("ABORTED", "a\\-a-a\\-z", "on second thought");
        assertThat(CLI.json("route", "a-b", "--keyspace", "names").get("shard").asText())
                .isEqualTo("shard-1");
    }

    @Test
    @Order(12)
    void afterTheWindowThereIsNoWayBack() {
        JsonNode started =
                CLI.json("migrate", "--keyspace", "names", "--from", "shard-2", "--to", "shard-1", "--range", "z-");
        finished = started.get("migration").asText();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> CLI.json("migration", "show", finished)
                        .get("phase")
                        .asText()
                        .equals("ROLLBACK_WINDOW"));
        CLI.ok("migration", "finish", finished, "--wait");
        assertThat(CLI.json("migration", "show", finished).get("phase").asText())
                .isEqualTo("COMPLETED");
        assertThat(CLI.ok("migration", "watch", finished).out()).contains("COMPLETED");

        Cli.Result rollback = CLI.run("migration", "rollback", finished, "--output", "json");
        assertThat(rollback.status()).isEqualTo(2);
        assertThat(rollback.json().get("error").get("code").asText()).isEqualTo("WINDOW_OVER");
        assertThat(CLI.run("migration", "pause", finished).status()).isEqualTo(2);
        assertThat(CLI.run("migration", "resume", finished).status()).isEqualTo(2);
        assertThat(CLI.ok("migration", "finish", finished).out()).contains("nothing to do");
    }

    @Test
    @Order(13)
    void aTabletIsFollowedByAReadReplicaForAWhile() {
        String[] tablet = {"--keyspace", "names", "--tablet", "m"};
        assertThat(CLI.ok("replica", "list").out()).contains("no read replicas; kedge replica add");
        assertThat(CLI.ok("replica", "add", "--keyspace", "names", "--tablet", "m", "--to", "shard-1", "--dry-run")
                        .out())
                .contains("nothing was sent", "shard-1 follows the tablet at m of names, at most 2.0 s stale");
        assertThat(CLI.json("replica", "list").get("replicas")).isEmpty();
        CLI.ok(
                "replica",
                "add",
                tablet[0],
                tablet[1],
                tablet[2],
                tablet[3],
                "--to",
                "shard-1",
                "--max-staleness",
                "5s");
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode replica = CLI.json("replica", "list").get("replicas").get(0);
            assertThat(replica.get("state").asText()).isEqualTo("FOLLOWING");
            assertThat(replica.get("stalenessMillis").asLong()).isBetween(0L, 5_000L);
            assertThat(replica.get("maxStalenessMillis").asInt()).isEqualTo(5_000);
        });
        assertThat(CLI.ok("replica", "list").out()).contains("names", "m-", "shard-2", "shard-1", "FOLLOWING", "5.0 s");
        assertThat(CLI.ok("route", "nora", "--keyspace", "names").out()).contains("followed by shard-1 (FOLLOWING)");
        assertThat(CLI.json("route", "nora", "--keyspace", "names")
                        .get("readReplicas")
                        .get(0)
                        .get("shard")
                        .asText())
                .isEqualTo("shard-1");
        for (String refused : List.of(
                "replica add --keyspace names --tablet m --to shard-1 --max-staleness 6s",
                "replica add --keyspace names --tablet m --to shard-2",
                "replica add --keyspace names --tablet z --to shard-1",
                "replica add --keyspace names --to shard-2 --max-staleness 1ms",
                "replica remove --keyspace names --from shard-2",
                "split --keyspace names --at x",
                "migrate --keyspace names --from shard-2 --to shard-1 --start m")) {
            assertThat(CLI.runLine(refused).status()).as(refused).isEqualTo(2);
        }
        CLI.ok("replica", "remove", tablet[0], tablet[1], tablet[2], tablet[3], "--from", "shard-1");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(CLI.json("replica", "list").get("replicas")).isEmpty());
    }

    @Test
    @Order(13)
    void aValueThatIsTooLargeIsRefused() {
        Cli.Result put = CLI.run("put", "some-key", "x".repeat(600_000), "--keyspace", "users", "--output", "json");
        assertThat(put.status())
                .as("what can't be done as asked; nothing was changed")
                .isEqualTo(2);
        assertThat(put.json().get("error").get("code").asText()).isEqualTo("REFUSED");
        assertThat(put.err()).contains("has 600000 bytes; at most 524288 are taken", "some-key");
        assertThat(CLI.json("get", "some-key", "--keyspace", "users")
                        .get("value")
                        .isNull())
                .isTrue();
    }

    @Test
    @Order(14)
    void whatKeepsAMigrationFromBeginningIsSaid() {
        cell.stopWorker(1);
        // Until the other worker is heard of so much later that the last heartbeat of this one is too old to rely on.
        long silence = ControlPlaneSettings.defaults("cli-it").heartbeatTimeoutMillis();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> heardMillis("worker-1") - heardMillis("worker-2") > silence);
        String id = CLI.json(
                        "migrate", "--keyspace", "ring", "--from", "shard-1", "--to", "shard-2", "--range", "0-2048")
                .get("migration")
                .asText();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(CLI.ok("migration", "show", id).out()).contains("waits: "));
        assertThat(CLI.json("migration", "show", id).get("waits").asText()).contains("worker-2", "silent");
        CLI.ok("migration", "abort", id, "--wait");
        assertThat(CLI.json("migration", "show", id).get("phase").asText()).isEqualTo("ABORTED");
    }

    private static long heardMillis(String worker) {
        return CLI.json("worker", "show", worker).get("heardMillis").asLong();
    }
}
