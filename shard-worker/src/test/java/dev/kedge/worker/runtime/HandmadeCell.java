package dev.kedge.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.ShardLogs;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import dev.kedge.topics.TopicPlanner;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.load.LoadSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** A cell whose control plane is the test: routing records are written by hand. */
public final class HandmadeCell implements AutoCloseable {
    static final int KEYSPACE = 1;
    private static final KedgeSerdes SERDES = KedgeSerdes.bundled();
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(10);

    private final Cell cell = new Cell("cell-" + UUID.randomUUID());
    private final boolean hasKeyspace;
    private final KafkaClients clients;
    private final TopicAdmin admin;
    private final ShardLogs logs;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, String> topicIds = new HashMap<>();

    /** With the keyspace {@code ks} (RANGE), of one tablet to begin with, which the first shard owns. */
    HandmadeCell(String bootstrap) throws Exception {
        this(bootstrap, true);
        publish(new KeyspaceRoute("ks", KEYSPACE, Placement.RANGE));
    }

    /** Without any keyspace, so that no shard owns anything. */
    public static HandmadeCell withoutKeyspace(String bootstrap) {
        return new HandmadeCell(bootstrap, false);
    }

    private HandmadeCell(String bootstrap, boolean hasKeyspace) {
        this.hasKeyspace = hasKeyspace;
        clients = new KafkaClients(bootstrap, "test");
        TopicCatalogue catalogue = new TopicCatalogue(cell, TopicOptions.replicated(1));
        admin = TopicAdmin.open(clients);
        new TopicPlanner(catalogue).apply(admin);
        logs = new ShardLogs(catalogue);
        producer = new KafkaProducer<>(clients.producer("test"));
    }

    String name() {
        return cell.name();
    }

    KafkaClients clients() {
        return clients;
    }

    String topicId(String shard) {
        return topicIds.computeIfAbsent(shard, s -> logs.create(admin, s));
    }

    /** Assigns a shard to a worker; the first shard ever assigned owns the keyspace if there is one from the beginning. */
    public void assign(String shard, String worker, long epoch) throws Exception {
        assign(shard, worker, epoch, topicId(shard));
        if (hasKeyspace && topicIds.size() == 1 && epoch == 1) {
            publish(new TabletRoute("ks", Bytes.EMPTY, shard, null));
        }
    }

    void assign(String shard, String worker, long epoch, String logTopicId) throws Exception {
        publish(new ShardRoute(shard, worker, epoch, cell.shardLog(shard), logTopicId));
    }

    public void publish(RoutingRecord record) throws Exception {
        byte[] value = SERDES.routing().toBytes(record);
        producer.send(new ProducerRecord<>(cell.routing(), record.key().encode().array(), value))
                .get(30, TimeUnit.SECONDS);
    }

    /** What all heartbeats so far said. */
    List<Report.ShardStatus> statuses() {
        return reports().stream()
                .filter(Report.Heartbeat.class::isInstance)
                .flatMap(beat -> ((Report.Heartbeat) beat).shards().stream())
                .toList();
    }

    List<Report.ShardLoad> loads() {
        return reports().stream()
                .filter(Report.ShardLoad.class::isInstance)
                .map(Report.ShardLoad.class::cast)
                .toList();
    }

    private List<Report> reports() {
        List<Report> reports = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(clients.controlConsumer("test"))) {
            TopicPartition partition = new TopicPartition(cell.reports(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    reports.add(SERDES.reports().fromBytes(record.value()));
                }
            }
        }
        return reports;
    }

    /** A worker without a frontend, which reports its load every second. */
    Hosted start(String workerId, Path data) {
        return new Hosted(start(workerId, data, new NoFrontend()));
    }

    public Worker start(String workerId, Path data, ClientFrontend frontend) {
        LoopSettings loops = LoopSettings.DEFAULT.withLoad(LoadSettings.DEFAULTS.withInterval(Duration.ofSeconds(1)));
        return Worker.start(WorkerSettings.of(workerId, cell, clients, data).withLoops(loops), frontend);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(1));
        admin.close();
    }

    /** A worker, and a client inside of it. */
    record Hosted(Worker worker) implements AutoCloseable {
        /** Asks until the shard serves. */
        Reply ask(String shard, Operation operation) throws Exception {
            Reply reply = answer(shard, operation);
            if (isTryAgain(reply)) {
                reply = await(shard + " serves")
                        .atMost(PATIENCE)
                        .pollInterval(POLL)
                        .until(() -> answer(shard, operation), again -> !isTryAgain(again));
            }
            assertThat(reply).isNotInstanceOf(Reply.Failed.class);
            return reply;
        }

        private Reply answer(String shard, Operation operation) throws Exception {
            return submit(shard, operation).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        private static boolean isTryAgain(Reply reply) {
            return reply instanceof Reply.Failed failed
                    && (failed.failure() == Reply.Failure.TRY_AGAIN || failed.failure() == Reply.Failure.UNOWNED);
        }

        CompletableFuture<Reply> submit(String shard, Operation operation) {
            CompletableFuture<Reply> answer = new CompletableFuture<>();
            Request request = new Request(operation, System.nanoTime(), false, answer::complete);
            assertThat(worker.shards().submit(shard, request)).isTrue();
            return answer;
        }

        @Override
        public void close() {
            worker.close();
        }
    }

    private static final class NoFrontend implements ClientFrontend {
        @Override
        public int start(ShardDirectory shards) {
            return 7;
        }

        @Override
        public void close() {}
    }

    static Operation set(String key, String value) {
        return new Operation.Set(key(key), Bytes.utf8(value), Operation.Condition.ALWAYS, null, false);
    }

    static Reply value(String text) {
        return new Reply.Value(Bytes.utf8(text));
    }

    static Bytes key(String position) {
        return ShardKeys.data(KEYSPACE, Bytes.utf8(position));
    }
}
