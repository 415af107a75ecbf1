package dev.kedge.worker.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.topics.KafkaClients;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Ports.Lane;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class KafkaLogIT {
    private static final ShardRecordCodec CODEC = KedgeSerdes.bundled().shardRecords();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final LogSettings settings = LogSettings.of(new KafkaClients(SharedKafka.bootstrap(), "test"));
    private final RecordingEngine engine = new RecordingEngine();
    private LogTopic topic;
    private KafkaLog log;

    @BeforeEach
    void open() throws Exception {
        topic = LogTopics.create();
        log = engine.ask(() -> new KafkaLog(topic, settings, CODEC, engine.inbox()));
    }

    @AfterEach
    void close() {
        engine.run(log::close);
        engine.close();
    }

    @Test
    void each_lane_is_acknowledged_in_order_and_what_was_written_is_read() {
        engine.run(() -> {
            for (int i = 0; i < 1_000; i++) {
                log.append(i, Lane.FOREGROUND, key(i), change("f" + i));
                log.append(1_000_000 + i, Lane.BULK, key(100_000 + i), change("b" + i));
            }
        });
        await().atMost(PATIENCE).until(() -> engine.ask(() -> engine.acks.size() == 2_000));

        assertThat(tokens(0, 1_000_000))
                .containsExactlyElementsOf(LongStream.range(0, 1_000).boxed().toList());
        assertThat(tokens(1_000_000, 2_000_000)).hasSize(1_000).isSorted();
        assertThat(engine.acks).extracting(RecordingEngine.Ack::offset).doesNotHaveDuplicates();
        assertThat(engine.acks)
                .allSatisfy(ack -> assertThat(ack.timestampMillis()).isPositive());

        engine.run(() -> log.read(1, 0, 2_000));
        awaitRead(1);
        List<Logged> read = engine.read.get(1L);
        assertThat(read).hasSize(2_000);
        assertThat(engine.chunks).allSatisfy(size -> assertThat(size).isLessThanOrEqualTo(LogClients.CHUNK_RECORDS));
        RecordingEngine.Ack seventh =
                engine.acks.stream().filter(a -> a.token() == 7).findFirst().orElseThrow();
        Logged logged = read.get((int) seventh.offset());
        assertThat(logged.key()).isEqualTo(key(7));
        assertThat(((ShardRecord.Change) logged.record()).value())
                .isEqualTo(Bytes.utf8("f7").array());
        assertThat(logged.timestampMillis()).isEqualTo(seventh.timestampMillis());
    }

    @Test
    void removals_are_tombstones_and_come_back_as_what_they_were() {
        engine.run(() -> log.append(1, Lane.FOREGROUND, key(1), new ShardRecord.Change(3, 4, null)));
        awaitAcks(1);
        engine.run(() -> log.read(1, 0, 1));
        awaitRead(1);
        assertThat(engine.read.get(1L))
                .singleElement()
                .satisfies(logged -> assertThat(logged.record()).isEqualTo(new ShardRecord.Change(3, 4, null)));
    }

    @Test
    void reads_end_where_they_should_and_follow_each_other() {
        appendAndAwait(0, 10);
        engine.run(() -> {
            log.read(1, 3, 5);
            log.read(2, 5, 5);
            log.read(3, 0, 10);
        });
        awaitRead(3);
        assertThat(engine.read.get(1L)).extracting(Logged::offset).containsExactly(3L, 4L);
        assertThat(engine.read).doesNotContainKey(2L);
        assertThat(engine.readEnds).containsEntry(1L, "done").containsEntry(2L, "done");
        assertThat(engine.read.get(3L)).hasSize(10);
    }

    @Test
    void after_a_reset_nothing_of_before_is_heard_and_the_log_goes_on() {
        appendAndAwait(0, 1);
        engine.run(() -> {
            for (int i = 100; i < 5_100; i++) {
                log.append(i, Lane.FOREGROUND, key(i), change("lost"));
            }
            log.read(7, 0, 1);
            log.reset();
            log.append(1, Lane.FOREGROUND, key(1), change("after"));
        });
        awaitAcks(2);
        assertThat(engine.ask(() -> List.copyOf(engine.acks)))
                .extracting(RecordingEngine.Ack::token)
                .containsExactly(0L, 1L);
        assertThat(engine.failures).isEmpty();
        assertThat(engine.readEnds).isEmpty();
        long end = engine.acks.get(1).offset();
        engine.run(() -> log.read(8, end, end + 1));
        awaitRead(8);
        assertThat(engine.read.get(8L)).hasSize(1);
    }

    @Test
    void an_engine_that_resets_on_an_acknowledgement_hears_none_after_it() {
        engine.onAck = () -> {
            if (engine.acks.size() == 1) {
                log.reset();
                log.append(-1, Lane.FOREGROUND, key(0), change("after"));
            }
        };
        engine.run(() -> {
            for (int i = 0; i < 500; i++) {
                log.append(i, Lane.FOREGROUND, key(i), change("v"));
            }
        });
        awaitAcks(2);
        assertThat(engine.acks).extracting(RecordingEngine.Ack::token).containsExactly(0L, -1L);
    }

    @Test
    void a_value_the_broker_refuses_fails() {
        engine.run(() -> log.append(1, Lane.FOREGROUND, key(1), new ShardRecord.Change(1, 1, new byte[5 << 20])));
        await().atMost(PATIENCE).until(() -> engine.ask(() -> engine.failures.containsKey(1L)));
        assertThat(engine.acks).isEmpty();
    }

    @Test
    void without_a_broker_it_waits_and_can_be_closed() {
        LogSettings nobody = LogSettings.of(new KafkaClients("127.0.0.1:1", "test"));
        KafkaLog waiting = engine.ask(() -> new KafkaLog(topic, nobody, CODEC, engine.inbox()));
        engine.run(() -> waiting.append(1, Lane.FOREGROUND, key(1), change("v")));
        long begun = System.nanoTime();
        engine.run(waiting::close);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
        assertThat(engine.acks).isEmpty();
        assertThat(engine.failures).isEmpty();
    }

    @Test
    void what_is_no_shard_record_stops_the_read_and_is_named() throws Exception {
        appendAndAwait(0, 3);
        try (var foreign = LogClients.producer(settings, Lane.FOREGROUND, "foreign")) {
            foreign.send(new ProducerRecord<>(topic.name(), 0, new byte[] {1}, new byte[] {9, 9}))
                    .get();
        }
        engine.run(() -> log.read(1, 0, 4));
        await().atMost(PATIENCE).until(() -> engine.ask(() -> engine.readEnds.containsKey(1L)));
        assertThat(engine.readEnds.get(1L))
                .contains("offset 3 of " + topic.name())
                .contains("wire format");
    }

    @Test
    void the_topic_is_checked() throws Exception {
        try (Admin admin = LogTopics.admin()) {
            topic.check(admin, PATIENCE);
            assertThatThrownBy(() -> new LogTopic(topic.name(), "AAAAAAAAAAAAAAAAAAAAAQ").check(admin, PATIENCE))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("created anew");
            assertThatThrownBy(() -> new LogTopic("test.nothing.g1", topic.id()).check(admin, PATIENCE))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("does not exist");
            assertThatThrownBy(() -> LogTopics.create(2, Map.of()).check(admin, PATIENCE))
                    .hasMessageContaining("2 partitions");
            assertThatThrownBy(() -> LogTopics.create(1, Map.of("cleanup.policy", "delete"))
                            .check(admin, PATIENCE))
                    .hasMessageContaining("cleanup.policy=delete");
            assertThatThrownBy(() -> LogTopics.create(1, Map.of("message.timestamp.type", "CreateTime"))
                            .check(admin, PATIENCE))
                    .hasMessageContaining("LogAppendTime");
        }
    }

    private void appendAndAwait(int from, int to) {
        engine.run(() -> {
            for (int i = from; i < to; i++) {
                log.append(i, Lane.FOREGROUND, key(i), change("v" + i));
            }
        });
        awaitAcks(to);
    }

    private void awaitAcks(int count) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> engine.ask(() -> engine.acks.size() == count));
    }

    private void awaitRead(long id) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> engine.ask(() -> engine.readEnds.containsKey(id)));
        assertThat(engine.readEnds).containsEntry(id, "done");
    }

    private List<Long> tokens(long from, long to) {
        return engine.acks.stream()
                .map(RecordingEngine.Ack::token)
                .filter(token -> token >= from && token < to)
                .toList();
    }

    private static Bytes key(int number) {
        return ShardKeys.data(1, Bytes.utf8("key-" + number));
    }

    private static ShardRecord.Change change(String value) {
        return new ShardRecord.Change(1, 1, Bytes.utf8(value).array());
    }
}
