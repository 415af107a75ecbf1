package dev.kedge.worker.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
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
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class KafkaSourceLogsIT {
    private static final ShardRecordCodec CODEC = KedgeSerdes.bundled().shardRecords();

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final LogSettings settings = LogSettings.of(new KafkaClients(SharedKafka.bootstrap(), "test"));
    private final RecordingEngine engine = new RecordingEngine();
    private final FenceWriter fences = new FenceWriter(settings, CODEC);
    private LogTopic topic;
    private KafkaLog log;
    private KafkaSourceLogs sources;

    @BeforeEach
    void open() throws Exception {
        topic = LogTopics.create();
        log = engine.ask(() -> new KafkaLog(topic, settings, CODEC, engine.inbox()));
        sources = new KafkaSourceLogs("reader", settings, CODEC, fences, engine.inbox());
    }

    @AfterEach
    void close() {
        engine.run(sources::close);
        engine.run(log::close);
        fences.close();
        engine.close();
    }

    @Test
    void a_source_is_followed_from_an_offset_to_its_end_and_on() {
        append(0, 3_000);
        engine.run(() -> sources.open(1, topic.name(), 10));
        awaitNext(3_000);
        assertThat(engine.ask(() -> List.copyOf(engine.source)))
                .hasSize(2_990)
                .extracting(Logged::offset)
                .startsWith(10L, 11L)
                .isSorted();
        assertThat(engine.sourceEnd).isEqualTo(3_000);
        assertThat(engine.chunks).allSatisfy(size -> assertThat(size).isLessThanOrEqualTo(LogClients.CHUNK_RECORDS));

        append(3_000, 3_001);
        awaitNext(3_001);
        assertThat(engine.ask(() -> engine.source.getLast().key())).isEqualTo(key(3_000));
    }

    @Test
    void an_empty_stretch_is_told_at_once() {
        append(0, 1);
        long begun = System.nanoTime();
        engine.run(() -> sources.open(1, topic.name(), 1));
        awaitNext(1);
        assertThat(engine.sourceEnd).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void a_loop_that_is_busy_holds_the_reader_up() throws Exception {
        append(0, 30_000);
        CountDownLatch held = new CountDownLatch(1);
        engine.onSource = () -> awaitUninterrupted(held);
        engine.run(() -> sources.open(1, topic.name(), 0));
        await().atMost(PATIENCE).until(() -> readerIsIn("acquire"));
        assertThat(engine.loop.getQueue()).as("chunks waiting for the loop").hasSizeBetween(2, 16);
        engine.onSource = () -> {};
        held.countDown();
        awaitNext(30_000);
        assertThat(engine.ask(() -> engine.source.size())).isEqualTo(30_000);
    }

    @Test
    void a_paused_source_stands_still_but_for_its_end_and_goes_on() {
        append(0, 10);
        engine.run(() -> {
            sources.open(1, topic.name(), 0);
            sources.pause(1, true);
        });
        await().atMost(PATIENCE).until(() -> readerIsIn("isFlowing"));
        append(10, 20);
        await().atMost(PATIENCE).until(() -> engine.ask(() -> engine.sourceEnd == 20));
        assertThat(engine.ask(() -> engine.source.size())).isZero();
        engine.run(() -> sources.pause(1, false));
        awaitNext(20);
    }

    @Test
    void a_closed_source_says_nothing_more_and_its_number_is_free() {
        append(0, 5_000);
        engine.onSource = () -> {
            sources.close(1);
            engine.onSource = () -> {};
        };
        engine.run(() -> sources.open(1, topic.name(), 0));
        await().until(() -> engine.ask(() -> engine.sourceNext >= 0));
        int heard = engine.ask(() -> engine.chunks.size());
        await().atMost(PATIENCE).until(() -> reader().isEmpty());
        assertThat(engine.ask(() -> engine.chunks.size())).isEqualTo(heard);

        engine.run(() -> sources.open(1, topic.name(), 4_990));
        awaitNext(5_000);
        assertThatThrownBy(() -> engine.run(() -> sources.open(1, topic.name(), 0)))
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_start_past_the_end_fails() {
        append(0, 5);
        engine.run(() -> sources.open(1, topic.name(), 6));
        await().atMost(PATIENCE).until(() -> engine.ask(() -> !engine.sourceFailures.isEmpty()));
        assertThat(engine.sourceFailures.get(0)).contains(topic.name()).contains("ends at 5");
    }

    @Test
    void a_fence_appended_to_a_source_comes_in_with_its_records() {
        append(0, 5);
        ShardRecord.Fence fence = new ShardRecord.Fence(9, 8, 1, KeyRange.ALL, 77, "m-1", false, false);
        engine.run(() -> {
            sources.open(1, topic.name(), 0);
            sources.appendFence(1, ShardKeys.control('F', 9, 8, 1), fence);
        });
        awaitNext(6);
        assertThat(engine.ask(() -> engine.source.getLast().record())).isEqualTo(fence);
        assertThat(engine.sourceFailures).isEmpty();
    }

    private void append(int from, int to) {
        engine.run(() -> {
            for (int i = from; i < to; i++) {
                log.append(i, Lane.BULK, key(i), new ShardRecord.Change(1, 1, new byte[100]));
            }
        });
        await().atMost(PATIENCE).until(() -> engine.ask(() -> engine.acks.size() == to));
    }

    private void awaitNext(long next) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> engine.ask(() -> engine.sourceNext == next));
    }

    /** The stack of the thread that reads the topic, while there is one. */
    private Optional<StackTraceElement[]> reader() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(e -> e.getKey().getName().equals("kedge-replay-reader-of-" + topic.name()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private boolean readerIsIn(String method) {
        return reader().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Bytes key(int number) {
        return ShardKeys.data(1, Bytes.utf8("key-" + number));
    }
}
