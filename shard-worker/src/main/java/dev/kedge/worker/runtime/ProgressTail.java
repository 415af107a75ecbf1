package dev.kedge.worker.runtime;

import dev.kedge.schemas.avro.DecodingException;
import dev.kedge.schemas.avro.MessageSerde;
import dev.kedge.schemas.registry.SchemaRegistryException;
import dev.kedge.schemas.report.Report;
import dev.kedge.topics.KafkaClients;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens at the end of the reports topic for what the other sides of replications say: a dual-write waits for its replica's progress, a
 * copy heeds its source's clients. What was said before the worker
 * started, or while it could not listen, is of no interest: replicas repeat themselves.
 */
final class ProgressTail implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressTail.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final long RETRY_MILLIS = 500;
    private static final long CLOSE_MILLIS = 5_000;

    private final TopicPartition partition;
    private final MessageSerde<Report> serde;
    private final Consumer<Report.MigrationReport> listener;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** @param listener called on this tail's thread; must not block */
    ProgressTail(
            KafkaClients clients, String topic, MessageSerde<Report> serde, Consumer<Report.MigrationReport> listener) {
        this.partition = new TopicPartition(topic, 0);
        this.serde = serde;
        this.listener = listener;
        Map<String, Object> settings = clients.controlConsumer("progress");
        settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
        this.consumer = new KafkaConsumer<>(settings);
        this.thread = Thread.ofPlatform().daemon().name("kedge-progress").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try (consumer) {
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            while (!isClosing()) {
                listen();
            }
        } catch (WakeupException e) {
            if (!isClosing()) {
                LOG.error("Nobody listens for replicas' progress any more", e);
            }
        }
    }

    private void listen() {
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                hear(record);
            }
        } catch (WakeupException e) {
            throw e;
        } catch (InvalidOffsetException e) {
            LOG.info("Reports were deleted before they were read; going on at the end of {}", partition.topic());
            consumer.seekToEnd(List.of(partition));
        } catch (KafkaException e) {
            LOG.warn("Cannot listen for replicas' progress, trying again: {}", e.getMessage());
            pause();
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void pause() {
        try {
            boolean closed = closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
            LOG.debug("Trying to listen again: {}", !closed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing.countDown();
        }
    }

    private void hear(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        try {
            if (serde.fromBytes(record.value()) instanceof Report.MigrationReport about) {
                listener.accept(about);
            }
        } catch (DecodingException | SchemaRegistryException e) {
            LOG.warn(
                    "Offset {} of {} is no report this build can read: {}",
                    record.offset(),
                    record.topic(),
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        closing.countDown();
        consumer.wakeup();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
