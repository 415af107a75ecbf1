package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Half of a shard's slots on the move under the traffic of common Redis clients and tools. One cell; the tests need nothing of each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
final class LiveMigrationIT {
    private static final Map<String, String> LOADED = JedisKeys.rows(10_000);

    // Each test moves slots of its own: the first half of shard-1's, the second, and those of shard-2's.
    private static final KeyRange MOVING_OF_LETTUCE = TestCell.slots(0, 4096);
    private static final KeyRange MOVING = TestCell.slots(4096, 8192);
    private static final KeyRange MOVING_OF_CLI = TestCell.slots(8192, 12_288);
    private static final KeyRange MOVING_OF_BENCHMARK = TestCell.slots(12_288, Slots.COUNT);

    /** For how long redis-benchmark asks with each command, at the pace it was seen to have: longer than the migration, as is asserted. */
    private static final int BENCHMARK_SECONDS = 10;

    private static final Pattern BENCHMARK_PACE = Pattern.compile("[SG]ET: ([0-9.]+) requests per second");

    private static final MigrationOptions OPTIONS =
            new MigrationOptions(1_000, 600_000, 0, 1_000, 200, 2_000, 2_000, 2, OnDivergence.ABORT);

    @TempDir
    static Path dir;

    private TestCell cell;

    @BeforeAll
    void start() {
        cell = TestCell.start(dir, 2);
    }

    @AfterAll
    void close() {
        cell.close();
    }

    @Test
    void jedis_notices_nothing_of_a_migration_its_rollback_and_the_next_one() {
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
            try (Traffic traffic = Traffic.start(jedis)) {
                String first = cell.migrate("shard-1", "shard-2", MOVING, OPTIONS);
                cell.awaitPhase(first, Phase.ROLLBACK_WINDOW);
                assertOwner("shard-2");
                assertCutoverIsOneRecord(first);
                Map<String, String> afterCutover = writeAfterCutover(jedis);

                int mark = cell.mark();
                cell.ask(new Command.RollbackMigration(first, "to see it go back"));
                cell.awaitPhase(first, Phase.ROLLED_BACK, mark);
                assertOwner("shard-1");
                jedis.assertHolds(afterCutover);

                String second = cell.migrate("shard-1", "shard-2", MOVING, OPTIONS);
                cell.awaitPhase(second, Phase.ROLLBACK_WINDOW);
                finish(second);
                assertOwner("shard-2");

                assertThat(traffic.verdict().operations()).isGreaterThan(1_000);
                assertThat(traffic.errors()).isEmpty();
                Map<String, String> all = new LinkedHashMap<>(LOADED);
                all.putAll(afterCutover);
                jedis.assertHolds(all);
                assertDigestsEqual(first, 2);
                assertDigestsEqual(second, 1);
            }
        }
        assertThat(cell.worker("worker-1").stop()).isZero();
        assertThat(cell.worker("worker-2").stop()).isZero();
        assertThat(StoredRows.of(cell, "worker-1", "shard-1", MOVING).rows())
                .as("rows left behind on the source")
                .isZero();
        assertThat(StoredRows.of(cell, "worker-2", "shard-2", MOVING).rows()).isGreaterThan(LOADED.size() / 5);
        restart(1);
        restart(2);
    }

    @Test
    void lettuce_notices_nothing_of_a_migration() throws Exception {
        try (RedisClusterClient client = RedisClusterClient.create(
                        RedisURI.create("127.0.0.1", cell.endpoint(1).port()));
                StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            List<RedisFuture<String>> writes = new ArrayList<>();
            LOADED.forEach((key, value) -> writes.add(connection.async().set(key, value)));
            for (RedisFuture<String> write : writes) {
                assertThat(write.get(60, TimeUnit.SECONDS)).isEqualTo("OK");
            }
            String migration = cell.migrate("shard-1", "shard-2", MOVING_OF_LETTUCE, OPTIONS);
            int rounds = 0;
            while (!cell.migration(migration).isTerminal()) {
                rounds++;
                for (int i = 0; i < Traffic.COUNTERS; i++) {
                    assertThat(connection.sync().incr("lettuce-" + i)).isEqualTo(rounds);
                }
                cell.pollEvents();
                if (cell.migration(migration).phase() == Phase.ROLLBACK_WINDOW) {
                    cell.ask(new Command.FinishMigration(migration));
                }
            }
            assertThat(cell.migration(migration).phase()).isEqualTo(Phase.COMPLETED);
            for (Map.Entry<String, String> row : LOADED.entrySet()) {
                assertThat(connection.sync().get(row.getKey())).isEqualTo(row.getValue());
            }
        }
    }

    @Test
    void redis_cli_asks_before_during_and_after_a_migration() throws Exception {
        Needs.program("redis-cli", "redis-tools");
        String key = firstKeyIn(MOVING_OF_CLI, "by-redis-cli-");
        int sum = 0;
        assertThat(redisCli("incr", key)).isEqualTo(String.valueOf(++sum));
        String migration = cell.migrate("shard-2", "shard-1", MOVING_OF_CLI, OPTIONS);
        do {
            assertThat(redisCli("incr", key)).isEqualTo(String.valueOf(++sum));
            cell.pollEvents();
        } while (cell.migration(migration).phase() != Phase.ROLLBACK_WINDOW);
        assertThat(sum).as("counted up while it ran").isGreaterThan(2);
        assertThat(redisCli("get", key)).isEqualTo(String.valueOf(sum));
        assertThat(redisCli("set", key, "afterwards")).isEqualTo("OK");
        finish(migration);
        assertThat(redisCli("get", key)).isEqualTo("afterwards");
    }

    @Test
    void redis_benchmark_runs_through_a_migration_without_an_error() throws Exception {
        Needs.program("redis-benchmark", "redis-tools");
        try (JedisKeys jedis = new JedisKeys(cell)) {
            jedis.load(LOADED);
            int requests = (int) (BENCHMARK_SECONDS * slowestPace(benchmark(startBenchmark(5_000))));

            Process benchmark = startBenchmark(requests);
            await("redis-benchmark knows who has which slots, and asks")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(benchmarkOutput()).contains("SET: rps="));
            String migration = cell.migrate("shard-2", "shard-1", MOVING_OF_BENCHMARK, OPTIONS);
            cell.awaitPhase(migration, Phase.ROLLBACK_WINDOW);
            assertThat(benchmark.isAlive())
                    .as("it asks still, behind the cutover")
                    .isTrue();
            benchmark(benchmark);
            finish(migration);
        }
        try (JedisKeys jedis = new JedisKeys(cell)) { // a new one, because Jedis's pipelines do not follow MOVED
            jedis.assertHolds(LOADED);
        }
    }

    private static Path benchmarkOutput() {
        return dir.resolve("redis-benchmark.out");
    }

    private Process startBenchmark(int requests) throws IOException {
        List<String> command = List.of(
                "redis-benchmark",
                "--cluster",
                "-p",
                String.valueOf(cell.endpoint(2).port()),
                "-t",
                "set,get",
                "-n",
                String.valueOf(requests),
                "-r",
                "10000",
                "-c",
                "10",
                "-q");
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(benchmarkOutput().toFile())
                .start();
    }

    /** Waits for its end, which must be a good one; returns what it said. */
    private String benchmark(Process benchmark) throws Exception {
        boolean ended = benchmark.waitFor(100, TimeUnit.SECONDS);
        benchmark.destroyForcibly();
        String out = Files.readString(benchmarkOutput());
        assertThat(ended).as(out).isTrue();
        assertThat(benchmark.exitValue()).as(out).isZero();
        assertThat(out)
                .contains("Cluster has 2 master nodes")
                .doesNotContainIgnoringCase("error")
                .doesNotContain("Could not");
        return out;
    }

    private static double slowestPace(String out) {
        List<Double> paces = BENCHMARK_PACE
                .matcher(out)
                .results()
                .map(found -> Double.valueOf(found.group(1)))
                .toList();
        assertThat(paces).as(out).hasSize(2);
        return Math.min(paces.get(0), paces.get(1));
    }

    private static String firstKeyIn(KeyRange range, String prefix) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> prefix + i)
                .filter(key -> range.contains(Slots.bound(Slots.of(Bytes.utf8(key)))))
                .findFirst()
                .orElseThrow();
    }

    /** Returns when clients find its shard again. */
    private void restart(int worker) {
        cell.restartWorker(TestCell.worker(worker));
        int port = Integer.parseInt(cell.worker(TestCell.worker(worker)).awaitReady());
        cell.await("the new address is known", () -> cell.endpoint(worker).port() == port);
        cell.awaitServing(TestCell.shard(worker));
    }

    private void finish(String migration) {
        cell.ask(new Command.FinishMigration(migration));
        cell.awaitPhase(migration, Phase.COMPLETED);
    }

    /** Asks shard-2's worker: with -c it follows MOVED. Returns the answer's last line: above it may stand where it was redirected to. */
    private String redisCli(String... words) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("redis-cli", "-c", "-p", String.valueOf(cell.endpoint(2).port())));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " does not end");
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return out.lines().reduce("", (before, line) -> line);
    }

    /** New values for rows that now live on shard-2. */
    private static Map<String, String> writeAfterCutover(JedisKeys jedis) {
        Map<String, String> written = new LinkedHashMap<>();
        for (String key : LOADED.keySet()) {
            if (written.size() < 500 && MOVING.contains(Slots.bound(Slots.of(Bytes.utf8(key))))) {
                written.put(key, "after the cutover");
                jedis.set(key, "after the cutover");
            }
        }
        return written;
    }

    private void assertOwner(String shard) {
        RoutingMap.Tablet tablet = cell.routing().map().route(TestCell.KEYSPACE, MOVING.start());
        assertThat(Objects.requireNonNull(tablet).shard()).isEqualTo(shard);
        assertThat(tablet.range()).isEqualTo(MOVING);
    }

    /** I6: the version a cutover is known by is the offset of the one record that changed the owner. */
    private void assertCutoverIsOneRecord(String id) {
        Migration migration = cell.migration(id);
        long version = cell.event(id, Event.CutoverVersioned.class).version();
        String before = migration.plan().from();
        List<Long> changes = new ArrayList<>();
        String owner = before;
        for (ConsumerRecord<byte[], byte[]> record : routingRecords()) {
            RoutingRecord value = cell.serdes().routing().fromBytes(record.value());
            if (value instanceof TabletRoute tablet && tablet.start().equals(MOVING.start())) {
                if (!tablet.shard().equals(owner)) {
                    changes.add(record.offset());
                    owner = tablet.shard();
                }
            }
        }
        assertThat(changes).containsExactly(version);
        assertThat(owner).isEqualTo(migration.plan().to());
    }

    private List<ConsumerRecord<byte[], byte[]>> routingRecords() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(cell.clients().controlConsumer("routing"))) {
            TopicPartition partition = new TopicPartition(cell.cell().routing(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (record.value() != null) {
                        records.add(record);
                    }
                });
            }
        }
        return records;
    }

    /** Both shards digested each leg at one marker, and found the same. */
    private void assertDigestsEqual(String migration, int legs) {
        Map<String, Map<String, Report.Digest>> byRound = new LinkedHashMap<>();
        for (Report report : cell.reports()) {
            if (report instanceof Report.Digest d && d.migration().equals(migration)) {
                byRound.computeIfAbsent(
                                d.attempt() + "/" + d.round() + "/" + d.markerOffset(), k -> new LinkedHashMap<>())
                        .put(d.shard(), d);
            }
        }
        List<Map<String, Report.Digest>> complete =
                byRound.values().stream().filter(round -> round.size() == 2).toList();
        assertThat(complete).hasSizeGreaterThanOrEqualTo(legs);
        for (Map<String, Report.Digest> round : complete) {
            Report.Digest one = Objects.requireNonNull(round.get("shard-1"));
            Report.Digest two = Objects.requireNonNull(round.get("shard-2"));
            assertThat(one.rows()).isEqualTo(two.rows()).isGreaterThan(LOADED.size() / 5);
            assertThat(one.buckets()).isEqualTo(two.buckets());
        }
    }
}
