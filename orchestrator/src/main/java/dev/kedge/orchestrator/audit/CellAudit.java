package dev.kedge.orchestrator.audit;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.avro.DecodingException;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.KafkaUnreachable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads a cell's events, its routing and what its control plane restores its state from, committed records only, and compares them. The
 * cell may be at work: the three are written in one transaction but can't be read in one, so a difference counts only if it outlasts a
 * while in which nothing more was written. Changes nothing. Not thread-safe.
 */
public final class CellAudit implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** Far longer than the markers of one transaction are under way to its topics. */
    private static final Duration QUIET = Duration.ofSeconds(2);

    private final KafkaClients kafka;
    private final KedgeSerdes serdes;
    private final TopicPartition events;
    private final TopicPartition routing;
    private final TopicPartition changelog;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Evidence evidence = new Evidence();

    /**
     * What was found.
     *
     * @param events how many there are
     * @param routes records of the routing topic in force
     * @param settled false if the cell was written to without a pause, so that the findings may have been under way
     */
    public record Result(long events, int routes, boolean settled, List<Finding> findings) {
        public Result {
            findings = List.copyOf(findings);
        }

        /** Whether all is as the events say. */
        public boolean agrees() {
            return findings.isEmpty();
        }
    }

    /**
     * @throws KafkaUnreachable if Kafka does not answer
     * @throws IllegalStateException if one of the topics is missing: no control plane ever ran on this cell
     */
    public CellAudit(KafkaClients kafka, Cell cell, KedgeSerdes serdes) {
        this.kafka = kafka;
        this.serdes = serdes;
        events = new TopicPartition(cell.events(), 0);
        routing = new TopicPartition(cell.routing(), 0);
        changelog = new TopicPartition(cell.stateChangelog(), 0);
        try {
            consumer = new KafkaConsumer<>(kafka.controlConsumer("audit"));
        } catch (KafkaException e) {
            throw unreachable(e);
        }
        try {
            for (TopicPartition partition : partitions()) {
                if (consumer.partitionsFor(partition.topic(), kafka.timeout()).isEmpty()) {
                    throw new IllegalStateException("the topic " + partition.topic() + " is not on Kafka at "
                            + kafka.bootstrap() + ": no control plane ever ran on a cell of this name");
                }
            }
            consumer.assign(partitions());
            consumer.seekToBeginning(partitions());
        } catch (KafkaException e) {
            close();
            throw unreachable(e);
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    private List<TopicPartition> partitions() {
        return List.of(events, routing, changelog);
    }

    /**
     * Compares all that was written up to now.
     *
     * @param patience how long to wait for a pause in which differences can be told from what is under way
     * @throws KafkaUnreachable if Kafka ceases to answer
     * @throws DecodingException if a record can't be read
     */
    public Result verify(Duration patience) {
        try {
            readToEnd();
            long begun = System.nanoTime();
            long quietSince = begun;
            List<Finding> findings = evidence.findings();
            while (!findings.isEmpty()) {
                long now = System.nanoTime();
                boolean settled = now - quietSince >= QUIET.toNanos();
                if (settled || now - begun >= patience.toNanos()) {
                    return result(settled, findings);
                }
                ConsumerRecords<byte[], byte[]> more = consumer.poll(POLL);
                if (!more.isEmpty()) {
                    take(more);
                    quietSince = System.nanoTime();
                    findings = evidence.findings();
                }
            }
            return result(true, findings);
        } catch (KafkaException e) {
            throw unreachable(e);
        }
    }

    private Result result(boolean settled, List<Finding> findings) {
        return new Result(evidence.events(), evidence.routes(), settled, new ArrayList<>(findings));
    }

    private void readToEnd() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions(), kafka.timeout());
        long deadline = System.nanoTime() + kafka.timeout().toNanos();
        while (ends.entrySet().stream()
                .anyMatch(end -> consumer.position(end.getKey(), kafka.timeout()) < end.getValue())) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            take(records);
            if (!records.isEmpty()) {
                deadline = System.nanoTime() + kafka.timeout().toNanos();
            } else if (System.nanoTime() - deadline > 0) {
                throw new KafkaUnreachable(
                        kafka.bootstrap(),
                        kafka.timeout(),
                        new IllegalStateException("it sends nothing, though there is more to read"));
            }
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records) {
        for (ConsumerRecord<byte[], byte[]> record : records.records(events)) {
            evidence.event(serdes.events().fromBytes(record.value()));
        }
        for (ConsumerRecord<byte[], byte[]> record : records.records(routing)) {
            byte[] value = record.value();
            evidence.routing(
                    record.offset(),
                    RoutingKey.decode(Bytes.wrap(record.key())),
                    value == null ? null : serdes.routing().fromBytes(value));
        }
        for (ConsumerRecord<byte[], byte[]> record : records.records(changelog)) {
            evidence.stored(
                    ByteBuffer.wrap(record.key()).getLong(), serdes.events().fromBytes(record.value()));
        }
    }

    private KafkaUnreachable unreachable(KafkaException e) {
        return new KafkaUnreachable(kafka.bootstrap(), kafka.timeout(), e);
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
