package dev.kedge.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.KafkaNode;
import dev.kedge.kafka.SharedKafka;
import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingTopicException.Trouble;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoutingClientIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path dir;

    /** Routing records as text: the real serdes are not this module's. */
    private static byte[] encode(RoutingRecord record) {
        String text = switch (record.key().encode().toUtf8().charAt(0)) {
            case 'k' -> "k " + ((KeyspaceRoute) record).keyspace();
            case 'w' -> "w " + ((WorkerRoute) record).worker() + " " + ((WorkerRoute) record).port();
            case 's' -> "s " + ((ShardRoute) record).shard() + " " + ((ShardRoute) record).worker();
            default ->
                "t " + ((TabletRoute) record).keyspace() + " " + ((TabletRoute) record).shard() + " "
                        + ((TabletRoute) record).start().toUtf8();
        };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static RoutingRecord decode(byte[] value) {
        String[] words = new String(value, StandardCharsets.UTF_8).split(" ", -1);
        return switch (words[0]) {
            case "k" -> Maps.keyspace(words[1]);
            case "w" -> Maps.worker(words[1], Integer.parseInt(words[2]));
            case "s" -> Maps.shard(words[1], words[2]);
            case "t" -> Maps.tablet(words[1], words[3], words[2]);
            default -> throw new IllegalArgumentException("unknown kind " + words[0]);
        };
    }

    /** Writes routing records the way the control plane does: in transactions. */
    private static final class Writer implements AutoCloseable {
        final String topic;
        final KafkaProducer<byte[], byte[]> producer;
        final Admin admin;

        Writer(String bootstrap, String topic) throws ExecutionException, InterruptedException {
            this.topic = topic;
            admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)
                            .configs(Map.of("cleanup.policy", "compact", "delete.retention.ms", "3600000"))))
                    .all()
                    .get();
            producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", bootstrap, "transactional.id", topic, "linger.ms", 0),
                    new ByteArraySerializer(),
                    new ByteArraySerializer());
            producer.initTransactions();
        }

        long commit(RoutingRecord... records) throws ExecutionException, InterruptedException {
            producer.beginTransaction();
            long offset = write(records);
            producer.commitTransaction();
            awaitVisible(offset);
            return offset;
        }

        /** A commit is answered once it is decided; readers of what is committed see it a moment later. */
        private void awaitVisible(long offset) {
            TopicPartition partition = new TopicPartition(topic, 0);
            await().until(() -> admin.listOffsets(
                                    Map.of(partition, OffsetSpec.latest()),
                                    new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                            .partitionResult(partition)
                            .get()
                            .offset()
                    > offset);
        }

        long write(RoutingRecord... records) throws ExecutionException, InterruptedException {
            long offset = -1;
            for (RoutingRecord record : records) {
                offset = producer.send(new ProducerRecord<>(
                                topic, record.key().encode().array(), encode(record)))
                        .get()
                        .offset();
            }
            return offset;
        }

        long remove(RoutingKey key) throws ExecutionException, InterruptedException {
            producer.beginTransaction();
            long offset = producer.send(new ProducerRecord<>(topic, key.encode().array(), null))
                    .get()
                    .offset();
            producer.commitTransaction();
            return offset;
        }

        @Override
        public void close() {
            producer.close();
            admin.close();
        }
    }

    private static RoutingSettings settings(String bootstrap, String topic) {
        return new RoutingSettings(bootstrap, topic, RoutingClientIT::decode);
    }

    @Test
    void startsWithTheWholeMapThenFollowsTheTail() throws Exception {
        String kafka = SharedKafka.bootstrap();
        try (Writer writer = new Writer(kafka, "follow.routing")) {
            writer.commit(Maps.keyspace("ks"), Maps.worker("w1", 7001), Maps.shard("s1", "w1"));
            long first = writer.commit(Maps.tablet("ks", "m", "s2"), Maps.tablet("ks", "", "s1"));
            try (RoutingClient client = new RoutingClient(settings(kafka, "follow.routing")).start()) {
                assertThat(client.version()).isEqualTo(first);
                assertThat(client.route("ks", Bytes.utf8("a")).shard()).isEqualTo("s1");
                assertThat(client.route("nope", Bytes.utf8("a"))).isNull();

                List<Long> heard = new CopyOnWriteArrayList<>();
                client.addListener((before, after) -> heard.add(after.version()));
                long moved = writer.commit(Maps.tablet("ks", "", "s2"));
                assertThat(client.awaitVersion(moved, SOON)).isTrue();
                assertThat(client.route("ks", Bytes.utf8("a")).shard()).isEqualTo("s2");

                long merged = writer.remove(new RoutingKey.TabletKey("ks", Bytes.utf8("m")));
                client.whenVersion(merged).get();
                assertThat(client.map().tablets("ks")).hasSize(1);
                await().atMost(SOON).until(() -> heard.equals(List.of(moved, merged)));
            }
        }
    }

    @Test
    void doesNotSeeWhatIsNotCommitted() throws Exception {
        String kafka = SharedKafka.bootstrap();
        try (Writer writer = new Writer(kafka, "uncommitted.routing")) {
            long base = writer.commit(Maps.keyspace("ks"), Maps.tablet("ks", "", "s1"));
            writer.producer.beginTransaction();
            long open = writer.write(Maps.tablet("ks", "", "s2"));
            try (RoutingClient client = new RoutingClient(settings(kafka, "uncommitted.routing")).start()) {
                assertThat(client.version()).isEqualTo(base);
                assertThat(client.awaitVersion(open, Duration.ofMillis(300))).isFalse();
                writer.producer.abortTransaction();
                long committed = writer.commit(Maps.tablet("ks", "", "s3"));
                assertThat(client.awaitVersion(committed, SOON)).isTrue();
                assertThat(client.route("ks", Bytes.EMPTY).shard()).isEqualTo("s3");
            }
        }
    }

    @Test
    void namesTheMissingTopicAndTheCommandThatMakesIt() {
        assertThatThrownBy(() -> new RoutingClient(settings(SharedKafka.bootstrap(), "missing.routing")).start())
                .isInstanceOfSatisfying(
                        RoutingTopicException.class,
                        e -> assertThat(e.trouble()).isEqualTo(Trouble.MISSING))
                .hasMessageContaining("'missing.routing' does not exist")
                .hasMessageContaining("kedge topics apply");
    }

    @Test
    void refusesATopicThatHasNoOrder() throws Exception {
        create(new NewTopic("wide.routing", 2, (short) 1).configs(Map.of("cleanup.policy", "compact")));
        assertRefused("wide.routing", "has 2 partitions where Kedge needs one");
    }

    @ParameterizedTest
    @CsvSource({"delete, deleting.routing", "'compact,delete', both.routing"})
    void refusesATopicThatDropsWhatDoesNotChange(String policy, String topic) throws Exception {
        create(new NewTopic(topic, 1, (short) 1).configs(Map.of("cleanup.policy", policy)));
        assertRefused(topic, "has cleanup.policy=" + policy + " where Kedge needs compact");
    }

    private static void create(NewTopic topic) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedKafka.bootstrap()))) {
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    private static void assertRefused(String topic, String why) {
        assertThatThrownBy(() -> new RoutingClient(settings(SharedKafka.bootstrap(), topic)).start())
                .isInstanceOfSatisfying(
                        RoutingTopicException.class,
                        e -> assertThat(e.trouble()).isEqualTo(Trouble.MISCONFIGURED))
                .hasMessageContaining("'" + topic + "'")
                .hasMessageContaining(why)
                .hasMessageContaining("kedge topics plan")
                .hasMessageContaining("kedge topics apply");
    }

    @Test
    void saysWhereItLookedForKafka() {
        RoutingSettings nowhere = new RoutingSettings(
                "localhost:1",
                "cell.routing",
                RoutingClientIT::decode,
                Duration.ofSeconds(3),
                null,
                Map.of("default.api.timeout.ms", 1000, "request.timeout.ms", 1000));
        assertThatThrownBy(() -> new RoutingClient(nowhere).start())
                .isInstanceOfSatisfying(
                        RoutingTopicException.class,
                        e -> assertThat(e.trouble()).isEqualTo(Trouble.UNREACHABLE))
                .hasMessageContaining("localhost:1");
    }

    @Test
    void aRecordThatCannotBeReadEndsTheClientAndIsNamed() throws Exception {
        String kafka = SharedKafka.bootstrap();
        try (Writer writer = new Writer(kafka, "garbage.routing")) {
            writer.commit(Maps.keyspace("ks"));
            try (RoutingClient client = new RoutingClient(settings(kafka, "garbage.routing")).start()) {
                writer.producer.beginTransaction();
                long bad = writer.producer
                        .send(new ProducerRecord<>(
                                "garbage.routing", "x".getBytes(StandardCharsets.UTF_8), new byte[1]))
                        .get()
                        .offset();
                writer.producer.commitTransaction();
                assertThatThrownBy(() -> client.awaitVersion(bad + 1, SOON))
                        .isInstanceOf(KedgeException.class)
                        .hasMessageContaining("offset " + bad);
                assertThat(client.ended()).isCompletedExceptionally();
            }
        }
    }

    @Test
    void startsAfreshAfterBeingAwayTooLong() throws Exception {
        try (KafkaNode kafka = KafkaNode.builder().dataDir(dir).start();
                Writer writer = new Writer(kafka.bootstrap(), "away.routing")) {
            writer.commit(Maps.keyspace("ks"), Maps.tablet("ks", "", "s1"), Maps.tablet("ks", "m", "s2"));
            RoutingSettings impatient = new RoutingSettings(
                    kafka.bootstrap(),
                    "away.routing",
                    RoutingClientIT::decode,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(2),
                    Map.of());
            try (RoutingClient client = new RoutingClient(impatient).start()) {
                kafka.kill();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> client.staleness().compareTo(Duration.ofSeconds(3)) > 0);
                assertThat(client.map().tablets("ks"))
                        .as("the last map stays in use")
                        .hasSize(2);
                kafka.restart();
                long merged = writer.remove(new RoutingKey.TabletKey("ks", Bytes.utf8("m")));
                assertThat(client.awaitVersion(merged, Duration.ofSeconds(30))).isTrue();
                await().atMost(SOON).until(() -> client.staleness().compareTo(Duration.ofSeconds(2)) < 0);
                assertThat(client.map().tablets("ks")).hasSize(1);
                assertThat(client.ended()).isNotDone();
            }
        }
    }
}
