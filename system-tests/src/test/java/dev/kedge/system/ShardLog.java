package dev.kedge.system;

import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.Encoded;
import dev.kedge.schemas.avro.ShardRecordCodec;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A shard's log as Kafka has it: what stands in it, what compaction left of it, and what somebody without a right to writes to it. */
final class ShardLog {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestCell cell;
    private final TopicPartition partition;
    private final ShardRecordCodec codec;
    /** As of the last reading. */
    private final TreeMap<Long, Entry> entries = new TreeMap<>();

    private record Entry(Bytes key, @Nullable ShardRecord record, long timestampMillis) {}

    ShardLog(TestCell cell, String shard) {
        this.cell = cell;
        this.partition = new TopicPartition(cell.cell().shardLog(shard), 0);
        this.codec = cell.serdes().shardRecords();
    }

    /** Lets the cleaner run within seconds, with further settings. */
    void settings(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "segment.ms", "200",
                "min.compaction.lag.ms", "0",
                "min.cleanable.dirty.ratio", "0.001",
                "max.compaction.lag.ms", "500"));
        settings.putAll(more);
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, partition.topic());
        List<AlterConfigOp> changes = settings.entrySet().stream()
                .map(e -> new AlterConfigOp(new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET))
                .toList();
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", cell.clients().bootstrap()))) {
            admin.incrementalAlterConfigs(Map.of(topic, changes)).all().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a record as a producer of whatever opening would; returns its offset. */
    long append(Bytes key, ShardRecord record) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            return producer.send(encode(key, record)).get(30, TimeUnit.SECONDS).offset();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                cell.clients().producer("zombie"), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private ProducerRecord<byte[], byte[]> encode(Bytes key, ShardRecord record) {
        Encoded encoded = codec.encode(record);
        ProducerRecord<byte[], byte[]> out = new ProducerRecord<>(partition.topic(), 0, key.array(), encoded.value());
        encoded.headers().forEach(header -> out.headers().add(header.name(), header.value()));
        return out;
    }

    private void readAll() {
        entries.clear();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(cell.clients().controlConsumer("shard-log"))) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    entries.put(
                            record.offset(), new Entry(Bytes.wrap(record.key()), decode(record), record.timestamp()));
                }
            }
        }
    }

    private @Nullable ShardRecord decode(ConsumerRecord<byte[], byte[]> record) {
        return codec.decode(record.value(), name -> {
            Header header = record.headers().lastHeader(name);
            return header == null ? null : header.value();
        });
    }

    /** Offsets of the records that are there now and are so. */
    List<Long> offsets(Predicate<ShardRecord> wanted) {
        readAll();
        List<Long> found = new ArrayList<>();
        entries.forEach((offset, entry) -> {
            if (entry.record != null && wanted.test(entry.record)) {
                found.add(offset);
            }
        });
        return found;
    }

    /** The fences of a migration, in the log's order. */
    List<ShardRecord.Fence> fences(String migration) {
        readAll();
        List<ShardRecord.Fence> found = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.record instanceof ShardRecord.Fence fence
                    && fence.migration().equals(migration)) {
                found.add(fence);
            }
        }
        return found;
    }

    ShardRecord.Opened lastOpened() {
        long offset = offsets(record -> record instanceof ShardRecord.Opened).getLast();
        return (ShardRecord.Opened) Objects.requireNonNull(Objects.requireNonNull(entries.get(offset)).record);
    }

    long lastTimestamp() {
        readAll();
        return entries.lastEntry().getValue().timestampMillis;
    }

    /** Whether what was last read at this offset has one of these keys. */
    boolean isKey(long offset, Bytes... keys) {
        Entry entry = entries.get(offset);
        return entry != null && Arrays.asList(keys).contains(entry.key);
    }

    /** Waits until the offsets that compaction has left are so. The cleaner leaves the newest segment alone: it is given newer ones. */
    void awaitCompacted(String what, Predicate<Set<Long>> wanted) {
        await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> {
            roll();
            readAll();
            return wanted.test(entries.keySet());
        });
    }

    /** A keep-alive of no opening: void, and without any row. */
    private void roll() {
        append(ShardKeys.keepAlive(), new ShardRecord.KeepAlive(0, 0));
    }

    /** Waits until the last record of a key is so. */
    void awaitLast(Bytes key, Predicate<ShardRecord> wanted) {
        await("the last record of a key").atMost(PATIENCE).until(() -> {
            readAll();
            ShardRecord last = null;
            for (Entry entry : entries.values()) {
                last = entry.key.equals(key) ? entry.record : last;
            }
            return last != null && wanted.test(last);
        });
    }

    /** Waits until the broker's clock shows this time. */
    void awaitTime(String what, long timeMillis) {
        await(what).atMost(PATIENCE).until(() -> {
            roll();
            return lastTimestamp() >= timeMillis;
        });
    }
}
