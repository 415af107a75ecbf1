package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kedge.history.History;
import dev.kedge.history.Linearizability;
import dev.kedge.model.Bytes;
import dev.kedge.model.Slots;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.router.RoutingClient;
import dev.kedge.router.RoutingSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the policies do by themselves to a cell of two workers, one after the other and under traffic that sees no error. Zipf traffic makes a shard
 * hot: it is split, and joined again when that traffic is gone. A worker is added, and gets its part of the vnodes: as few as balance needs. It
 * is drained, and they go back evenly. A key that is hot alone is followed by a second shard. Real processes, driven by commands.
 */
@Timeout(400)
final class ElasticityIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration REPORTS = Duration.ofSeconds(1);
    private static final int ROWS = 2_000;
    private static final int VNODES = 12;

    @TempDir
    Path dir;

    @AfterAll
    static void quietAgain() {
        Logging.quiet();
    }

    @Test
    void aCellDrivesItself() {
        LocalCell.Settings settings = new LocalCell.Settings(
                dir.resolve("cell"), 0, 2, 0, "128m", "64m", REPORTS, true, Duration.ofSeconds(30));
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
            underTraffic(cell, (ring, history) -> {
                relieve(cli, ring, history);
                spread(cell, cli);
                drain(cli);
                followAHotKey(cli, ring);
            });
        }
    }

    /** A crowd comes for the keys of one vnode, and goes. */
    private static void relieve(Cli cli, KeyspaceClient ring, History history) {
        setPolicy(cli, "--mode", "advise", "--max-qps", "0");
        IntPredicate oneVnode = slot -> slot < Slots.COUNT / VNODES;
        ZipfRows rows = new ZipfRows(ROWS, oneVnode, HotspotDemo.EXPONENT, 1);
        String hot =
                cli.json("tablet", "list").get("tablets").get(0).get("shard").asText();
        try (DemoTraffic crowd = new DemoTraffic(ring, rows, history, 4, 600, 2, oneVnode, "crowd")) {
            crowd.start();
            Map<String, Double> before = steady(cli, hot);
            assertThat(share(before, hot)).isGreaterThan(0.8);
            long max = Math.round(before.get(hot) * 0.85);
            setPolicy(cli, "--mode", "auto", "--max-qps", "" + max, "--merge-qps", "" + max / 4);
            Awaitility.await().atMost(PATIENCE).until(() -> tablets(cli) == VNODES + 1);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(
                            () -> qpsByShard(cli),
                            qps -> qps.getOrDefault(hot, 0.0) > 0 && share(qps, hot) < 0.75 * share(before, hot));
            crowd.stop();
            assertThat(crowd.errorTexts()).isEmpty();
        }
        Awaitility.await().atMost(PATIENCE).until(() -> tablets(cli) == VNODES);
        assertThat(policies(cli)).containsExactlyInAnyOrder("LOAD", "MERGE");
    }

    /** What shards are asked for, once the hot one's rate is the same from one report to the next. */
    private static Map<String, Double> steady(Cli cli, String hot) {
        double[] last = {0};
        return Awaitility.await().atMost(PATIENCE).pollInterval(REPORTS).until(() -> qpsByShard(cli), qps -> {
            double now = qps.getOrDefault(hot, 0.0);
            boolean steady = share(qps, hot) > 0.8 && Math.abs(now - last[0]) < 0.1 * last[0];
            last[0] = now;
            return steady;
        });
    }

    /** Of all that was ever proposed. */
    private static List<String> policies(Cli cli) {
        List<String> policies = new ArrayList<>();
        cli.json("proposal", "list", "--all")
                .get("proposals")
                .forEach(p -> policies.add(p.get("policy").asText()));
        return policies;
    }

    private static int tablets(Cli cli) {
        return cli.json("tablet", "list").get("tablets").size();
    }

    private static Map<String, Double> qpsByShard(Cli cli) {
        Map<String, Double> qps = new TreeMap<>();
        for (JsonNode tablet : cli.json("tablet", "list").get("tablets")) {
            double now = tablet.get("readsPerSecond").asDouble()
                    + tablet.get("writesPerSecond").asDouble();
            qps.merge(tablet.get("shard").asText(), now, Double::sum);
        }
        return qps;
    }

    private static double share(Map<String, Double> qps, String shard) {
        double all = qps.values().stream().mapToDouble(Double::doubleValue).sum();
        return all == 0 ? 0 : qps.getOrDefault(shard, 0.0) / all;
    }

    /** Everything within seconds; evened out by numbers of tablets: neither is there much data, nor does the traffic count. */
    private static void setPolicy(Cli cli, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "policy",
                "set",
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
                "--min-samples",
                "50",
                "--max-shards-per-worker",
                "1",
                "--migration-max-stall",
                "2s",
                "--migration-rollback-window",
                "0s",
                "--max-migrations-per-shard",
                "2",
                "--max-migrations-per-worker",
                "4"));
        command.addAll(List.of(more));
        cli.ok(command.toArray(String[]::new));
    }

    private static void spread(LocalCell cell, Cli cli) {
        cli.ok("policy", "set", "--max-qps", "0");
        assertThat(cell.addWorker()).isEqualTo("worker-3");
        Map<String, Integer> spread = Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () -> tabletsByWorker(cli),
                        counts -> counts.size() == 3 && counts.values().stream().allMatch(c -> c == 4));
        assertThat(spread).containsOnlyKeys("worker-1", "worker-2", "worker-3");
        assertThat(policies(cli)).filteredOn(p -> !p.equals("DISTRIBUTION")).hasSize(2);
        List<String> moved = new ArrayList<>();
        for (JsonNode proposal : cli.json("proposal", "list", "--all").get("proposals")) {
            if (proposal.get("policy").asText().equals("DISTRIBUTION")) {
                moved.add(proposal.get("action").get("range").asText());
            }
        }
        assertThat(moved)
                .as("a third of twelve, each of them once: the ideal")
                .hasSize(4)
                .doesNotHaveDuplicates();
    }

    private static void drain(Cli cli) {
        assertThat(cli.run("worker", "show", "worker-9").status()).isEqualTo(2);
        Cli.Result unknown = cli.run("worker", "drain", "worker-9", "--output", "json");
        assertThat(unknown.status()).as("%s", unknown).isEqualTo(2);
        assertThat(unknown.json().get("error").get("code").asText()).isEqualTo("UNKNOWN_WORKER");
        assertThat(cli.run("worker", "undrain", "worker-9").status()).isEqualTo(2);

        assertThat(cli.ok("worker", "drain", "worker-3", "--dry-run").out()).contains("nothing was sent", "worker-3");
        assertThat(worker(cli, "worker-3").get("service").asText()).isEqualTo("IN_USE");
        assertThat(worker(cli, "worker-3").get("tablets").asInt()).isEqualTo(4);

        Cli.Result drained = cli.ok("worker", "drain", "worker-3", "--max-stall", "2s", "--wait");
        assertThat(drained.out()).contains("worker-3");
        assertThat(worker(cli, "worker-3").get("service").asText()).isEqualTo("DRAINED");
        assertThat(worker(cli, "worker-3").get("tablets").asInt()).isZero();
        assertThat(worker(cli, "worker-1").get("service").asText()).isEqualTo("IN_USE");
        assertThat(cli.ok("worker", "list").out()).containsPattern("worker-3 .* LIVE +DRAINED ");
        JsonNode shown = cli.json("worker", "show", "worker-3");
        assertThat(shown.get("service").asText()).isEqualTo("DRAINED");
        assertThat(shown.get("tablets").asInt()).isZero();
        assertThat(shown.get("migrations")).isEmpty();
        assertThat(cli.ok("worker", "show", "worker-3").out()).contains("LIVE  DRAINED", "holds     0 tablets");
        Map<String, Integer> left = tabletsByWorker(cli);
        assertThat(left).as("nothing is on it").doesNotContainKey("worker-3");
        assertThat(left.values()).as("evenly: six each, or one off").allMatch(count -> count >= 5 && count <= 7);

        cli.ok("worker", "undrain", "worker-3", "--dry-run");
        assertThat(worker(cli, "worker-3").get("service").asText()).isEqualTo("DRAINED");
        cli.ok("worker", "undrain", "worker-3");
        assertThat(worker(cli, "worker-3").get("service").asText()).isEqualTo("IN_USE");
    }

    /** One key alone is read more often than a shard is to serve. No cut helps, so a second shard may serve it, for as long as that is so. */
    private static void followAHotKey(Cli cli, KeyspaceClient ring) {
        Bytes key = DemoRows.row(7);
        cli.ok("policy", "set", "--max-qps", "200", "--merge-qps", "20");
        AtomicBoolean hot = new AtomicBoolean(true);
        CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
            while (hot.get()) {
                ring.get(key);
            }
        });
        JsonNode replica;
        String told;
        try {
            replica = Awaitility.await()
                    .atMost(PATIENCE)
                    .until(
                            () -> cli.json("replica", "list").get("replicas"),
                            replicas -> replicas.size() == 1
                                    && replicas.get(0).get("state").asText().equals("FOLLOWING"))
                    .get(0);
            told = cli.ok("explain", "shard", replica.get("owner").asText()).out();
        } finally {
            hot.set(false);
            reading.join();
        }
        assertThat(replica.get("keyspace").asText()).isEqualTo("ring");
        assertThat(replica.get("shard").asText())
                .isNotEqualTo(replica.get("owner").asText());
        assertThat(told).contains(key.toUtf8(), "read replica");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cli.json("replica", "list").get("replicas").isEmpty());
    }

    private static JsonNode worker(Cli cli, String id) {
        for (JsonNode worker : cli.json("worker", "list").get("workers")) {
            if (worker.get("worker").asText().equals(id)) {
                return worker;
            }
        }
        throw new AssertionError("no worker " + id);
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
    private static void underTraffic(LocalCell cell, BiConsumer<KeyspaceClient, History> doing) {
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
                doing.accept(client.keyspace("ring"), history);
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
