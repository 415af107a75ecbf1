package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.KafkaNode;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.Remedy;
import dev.kedge.schemas.event.EventEnvelope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A destination that is slower than the writes: because its copy is limited to less than what is written, or because Kafka gives it no more of the
 * source's log than a quota allows. One cell and one stream of traffic; on a Kafka of its own, whose quotas reckon in seconds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
final class ConvergenceIT {
    private static final KeyRange COPIED_SLOWLY = TestCell.slots(0, 4096);
    private static final KeyRange LOADED = TestCell.slots(4096, 8192);

    /** Of what is read; the writers have several times as much under way. */
    private static final double SLOW_BYTES_PER_SECOND = 200_000;

    private static final int MAX_STALL_MILLIS = 20;

    @TempDir
    static Path dir;

    private KafkaNode kafka;
    private TestCell cell;
    private KedgeKeys keys;
    private Traffic traffic;

    @BeforeAll
    void start() {
        kafka = KafkaNode.builder()
                .jvmOption("-XX:TieredStopAtLevel=1")
                .property("quota.window.num", "2")
                .property("quota.window.size.seconds", "1")
                .start();
        cell = TestCell.start(dir, new TestCell.Setup(2, 1, 1, kafka.bootstrap(), name -> kafka.bootstrap()));
        keys = new KedgeKeys(cell);
        traffic = Traffic.start(keys);
    }

    @AfterAll
    void close() {
        if (traffic != null) {
            traffic.close();
            keys.close();
        }
        if (cell != null) {
            cell.close();
        }
        kafka.close();
    }

    @Order(1)
    @Test
    void the_copys_limit_is_lifted_when_writes_outrun_it() {
        MigrationOptions options = new MigrationOptions(1_000, 0, 5, 5, 200, 1_000, 2_000, 2, OnDivergence.ABORT)
                .withPatience(1_000, 5, 60_000);
        traffic.awaitAnswers(1);
        String migration = cell.migrate("shard-1", "shard-2", COPIED_SLOWLY, options);
        cell.awaitPhase(migration, Phase.COMPLETED);
        Event.ReplicationOutrun outrun = outruns(migration).getFirst();
        assertThat(outrun.remedy()).isEqualTo(Remedy.LIFT_LIMIT);
        assertThat(outrun.writtenPerSecond()).isGreaterThan(outrun.appliedPerSecond());
        assertThat(outrun.lagRecords()).isGreaterThan(5);
        assertThat(cell.event(migration, Event.CutoverCompleted.class).measuredStallMicros())
                .isNotNegative();
    }

    @Order(2)
    @Test
    void the_source_is_braked_when_nothing_else_helps_and_then_the_migration_ends_with_the_reason() throws Exception {
        int small = 100;
        MigrationOptions options = new MigrationOptions(1_000, 0, 0, small, 300, 3_000, 2_000, 2, OnDivergence.ABORT)
                .withPatience(1_500, 1_000, 60_000);
        throttle(SLOW_BYTES_PER_SECOND);
        String migration;
        try (Load load = new Load()) {
            load.awaitBatches(1);
            migration = cell.migrate("shard-1", "shard-2", LOADED, options);
            cell.awaitPhase(migration, Phase.ABORTED);
        } finally {
            throttle(null);
        }
        List<Event.ReplicationOutrun> outruns = outruns(migration);
        assertThat(outruns)
                .extracting(Event.ReplicationOutrun::remedy)
                .containsExactly(Remedy.LIFT_LIMIT, Remedy.BRAKE_SOURCE, Remedy.GIVE_UP);
        assertThat(outruns).allMatch(outrun -> outrun.lagRecords() > small);
        assertThat(outruns.getFirst().writtenPerSecond())
                .isGreaterThan(outruns.getFirst().appliedPerSecond());
        assertThat(cell.event(migration, Event.DualWriteStarted.class)).isNotNull();
        assertThat(cell.event(migration, Event.MigrationAborted.class).reason())
                .contains("the writes outrun the replay", "although the source was braked");
        assertThat(ownerOf(LOADED)).isEqualTo("shard-1");
    }

    @Order(3)
    @Test
    void a_cutover_that_would_stall_clients_for_too_long_waits_until_less_is_written() throws Exception {
        MigrationOptions options = new MigrationOptions(
                        MAX_STALL_MILLIS, 0, 0, 1_000_000, 1_000, 4_000, 2_000, 2, OnDivergence.ABORT)
                .withPatience(60_000, 1_000, 60_000);
        String migration = cell.migrate("shard-1", "shard-2", LOADED, options);
        cell.awaitPhase(migration, Phase.DUAL_WRITE);
        throttle(SLOW_BYTES_PER_SECOND);
        try {
            try (Load load = new Load()) {
                load.awaitBatches(1);
                cell.await("the cutover is deferred", () -> has(migration, Event.CutoverDeferred.class));
                cell.assertPhase(migration, Phase.VERIFYING);
            }
            cell.awaitPhase(migration, Phase.COMPLETED);
        } finally {
            throttle(null);
        }
        Event.CutoverDeferred deferred = cell.event(migration, Event.CutoverDeferred.class);
        assertThat(deferred.maxStallMillis()).isEqualTo(MAX_STALL_MILLIS);
        assertThat(deferred.predictedStallMicros()).isGreaterThan(MAX_STALL_MILLIS * 1_000L);
        Event.CutoverCompleted completed = cell.event(migration, Event.CutoverCompleted.class);
        assertThat(completed.predictedStallMicros()).isPositive().isLessThanOrEqualTo(MAX_STALL_MILLIS * 1_000L);
        assertThat(completed.measuredStallMicros()).isNotNegative();
        assertThat(ownerOf(LOADED)).isEqualTo("shard-2");
    }

    @Order(4)
    @Test
    void nothing_was_lost_doubled_or_stale() {
        traffic.awaitAnswers(300);
        traffic.verdict();
        assertThat(traffic.errors()).isEmpty();
    }

    private List<Event.ReplicationOutrun> outruns(String migration) {
        return cell.view().history(migration).stream()
                .map(EventEnvelope::event)
                .filter(Event.ReplicationOutrun.class::isInstance)
                .map(Event.ReplicationOutrun.class::cast)
                .toList();
    }

    private boolean has(String migration, Class<? extends Event> kind) {
        return cell.view().history(migration).stream().map(EventEnvelope::event).anyMatch(kind::isInstance);
    }

    /** Who owns a range now. */
    private String ownerOf(KeyRange range) {
        return Objects.requireNonNull(cell.state().keyspace(TestCell.KEYSPACE))
                .tabletAt(range.start())
                .tablet()
                .shard();
    }

    /** Limits what shard-2 can read of shard-1's log, of all there is on this Kafka only that; null = no limit. */
    private void throttle(@Nullable Double bytesPerSecond) throws Exception {
        String client = "worker-2-shard-2.replays." + cell.cell().shardLog("shard-1");
        ClientQuotaAlteration change = new ClientQuotaAlteration(
                new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, client)),
                List.of(new ClientQuotaAlteration.Op("consumer_byte_rate", bytesPerSecond)));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()))) {
            admin.alterClientQuotas(List.of(change)).all().get(30, TimeUnit.SECONDS);
        }
    }

    /**
     * Writers that each have a batch of rows under way at any time, all in one range, until they are closed; then all rows are as they were last
     * written.
     */
    private final class Load implements AutoCloseable {
        private static final int WRITERS = 4;
        private static final int BATCH = 1_000;
        private static final long PAUSE_NANOS = 400_000_000;

        private final String filling = "v".repeat(200);
        private final AtomicLong batches = new AtomicLong();
        private final KedgeClient client = new KedgeClient(
                cell.routing(), ClientSettings.DEFAULTS.withDeadline(Duration.ofSeconds(45)), OperationObserver.NONE);
        private final KeyspaceClient rows = client.keyspace(TestCell.KEYSPACE);
        private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        private final List<Future<Map<Bytes, Bytes>>> writers = new ArrayList<>();
        private volatile boolean stopped;

        Load() {
            for (int i = 0; i < WRITERS; i++) {
                String tag = tag(i);
                writers.add(threads.submit(() -> write(tag)));
            }
        }

        /** All of a writer's keys are in one slot. */
        private static String tag(int writer) {
            return Stream.iterate(0, i -> i + 1)
                    .map(i -> "{" + writer + "-" + i + "}")
                    .filter(tag -> LOADED.contains(Placement.HASH.position(Bytes.utf8(tag))))
                    .findFirst()
                    .orElseThrow();
        }

        private Map<Bytes, Bytes> write(String tag) {
            Map<Bytes, Bytes> batch = new LinkedHashMap<>();
            for (int n = 0; !stopped; n++) {
                for (int i = 0; i < BATCH; i++) {
                    batch.put(Bytes.utf8(tag + i), Bytes.utf8(n + filling));
                }
                rows.mset(batch);
                batches.incrementAndGet();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            return batch;
        }

        void awaitBatches(int count) {
            await("batches are written").until(() -> batches.get() >= count);
        }

        @Override
        public void close() {
            stopped = true;
            threads.shutdown();
            try {
                for (Future<Map<Bytes, Bytes>> writer : writers) {
                    Map<Bytes, Bytes> written = writer.get();
                    assertThat(rows.mget(List.copyOf(written.keySet()))).isEqualTo(List.copyOf(written.values()));
                }
            } catch (ExecutionException e) {
                throw new AssertionError("a writer failed", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } finally {
                client.close();
            }
        }
    }
}
