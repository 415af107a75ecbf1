package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.schemas.avro.DecodingException;
import dev.kedge.topics.KafkaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads one control topic, committed records only. Not thread-safe.
 *
 * <p>Its methods throw {@link Failed} if Kafka can't be reached or the topic is not as it must be.
 */
final class TopicFeed<T> implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaClients clients;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private final Function<byte[], T> decoder;

    /** @param timeMillis the broker's clock when it took the record */
    record Entry<T>(long offset, long timeMillis, T value) {}

    private TopicFeed(
            KafkaClients clients,
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            Function<byte[], T> decoder) {
        this.clients = clients;
        this.consumer = consumer;
        this.partition = partition;
        this.decoder = decoder;
    }

    /** Stands at the topic's beginning. */
    static <T> TopicFeed<T> open(KafkaClients clients, String topic, Function<byte[], T> decoder) {
        return connect(clients, topic, consumer -> {
            requireOnePartition(clients, consumer, topic);
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            return new TopicFeed<>(clients, consumer, partition, decoder);
        });
    }

    /** Looks whether topics could be read, and reads nothing. */
    static void require(KafkaClients clients, String... topics) {
        connect(clients, topics[0], consumer -> {
                    for (String topic : topics) {
                        requireOnePartition(clients, consumer, topic);
                    }
                    return consumer;
                })
                .close(CloseOptions.timeout(Duration.ZERO));
    }

    /** What is made of a new consumer has to close it; it is closed here if that fails. */
    private static <R> R connect(
            KafkaClients clients, String topic, Function<KafkaConsumer<byte[], byte[]>, R> action) {
        KafkaConsumer<byte[], byte[]> consumer;
        try {
            consumer = new KafkaConsumer<>(clients.controlConsumer(topic));
        } catch (KafkaException e) {
            throw unreachable(clients, e.getCause() == null ? e : e.getCause());
        }
        try {
            return action.apply(consumer);
        } catch (KafkaException e) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            throw unreachable(clients, e);
        } catch (CommandException e) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            throw e;
        }
    }

    private static void requireOnePartition(
            KafkaClients clients, KafkaConsumer<byte[], byte[]> consumer, String topic) {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic, clients.timeout());
        if (partitions == null || partitions.isEmpty()) {
            throw new Failed(
                    "TOPIC_MISSING",
                    "the topic " + topic + " is not on Kafka at " + clients.bootstrap()
                            + ": make the cell's topics with kedge topics apply, or name the right cell with --cell");
        }
        if (partitions.size() != 1) {
            throw new Failed(
                    "TOPIC_MISCONFIGURED",
                    "the topic " + topic + " has " + partitions.size()
                            + " partitions where Kedge needs one; kedge topics check says what else is wrong");
        }
    }

    /** Goes to at most {@code count} records before the end. */
    void skipToLast(long count) {
        long beginning = asking(() ->
                consumer.beginningOffsets(List.of(partition), clients.timeout()).getOrDefault(partition, 0L));
        consumer.seek(partition, Math.max(beginning, end() - count));
    }

    /** Goes to the first record that Kafka took at that time or later; to the end if there is none. */
    void skipToTime(long timeMillis) {
        OffsetAndTimestamp found = asking(
                        () -> consumer.offsetsForTimes(Map.of(partition, Math.max(0, timeMillis)), clients.timeout()))
                .get(partition);
        consumer.seek(partition, found == null ? end() : found.offset());
    }

    /** Reads to the end as of the call. */
    void readToEnd(Consumer<Entry<T>> reader) {
        long end = end();
        long deadline = System.nanoTime() + clients.timeout().toNanos();
        while (position() < end) {
            List<Entry<T>> entries = poll(POLL);
            entries.forEach(reader);
            if (!entries.isEmpty()) {
                deadline = System.nanoTime() + clients.timeout().toNanos();
            } else if (System.nanoTime() - deadline > 0) {
                throw new Failed(
                        "KAFKA_UNREACHABLE",
                        "Kafka at " + clients.bootstrap() + " sent nothing of the topic " + partition.topic() + " for "
                                + clients.timeout().toSeconds() + " s, though there is more to read");
            }
        }
    }

    /** What has come in since the last call; waits for at most {@code patience} if there is nothing. */
    List<Entry<T>> poll(Duration patience) {
        List<Entry<T>> entries = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : asking(() -> consumer.poll(patience))) {
            if (record.value() != null) {
                entries.add(new Entry<>(record.offset(), record.timestamp(), decode(record)));
            }
        }
        return entries;
    }

    private T decode(ConsumerRecord<byte[], byte[]> record) {
        try {
            return decoder.apply(record.value());
        } catch (DecodingException e) {
            throw new Failed(
                    "UNREADABLE",
                    "the record at offset " + record.offset() + " of " + partition.topic() + " can't be read: "
                            + e.getMessage(),
                    e);
        }
    }

    private long position() {
        return asking(() -> consumer.position(partition, clients.timeout()));
    }

    private long end() {
        Map<TopicPartition, Long> ends = asking(() -> consumer.endOffsets(List.of(partition), clients.timeout()));
        return ends.getOrDefault(partition, 0L);
    }

    private <R> R asking(Supplier<R> question) {
        try {
            return question.get();
        } catch (KafkaException e) {
            throw unreachable(clients, e);
        }
    }

    static Failed unreachable(KafkaClients clients, Throwable cause) {
        return new Failed(
                "KAFKA_UNREACHABLE",
                "Kafka at " + clients.bootstrap() + " can't be asked: " + cause.getMessage()
                        + ". Check that it runs and can be reached from here under the addresses it advertises, or give other"
                        + " addresses with --bootstrap",
                cause);
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
