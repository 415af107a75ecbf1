package dev.kedge.worker.runtime;

import dev.kedge.schemas.avro.MessageSerde;
import dev.kedge.schemas.report.Report;
import dev.kedge.topics.KafkaClients;
import dev.kedge.worker.engine.Ports;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what the worker has to tell to the reports topic. A report that cannot be sent is dropped: engines repeat what matters, and
 * the next heartbeat is never far. Thread-safe; sending does not wait.
 */
final class ReportPublisher implements Ports.Reports, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportPublisher.class);
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

    private final String topic;
    private final MessageSerde<Report> serde;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicLong complainedNanos = new AtomicLong(System.nanoTime() - QUIET_NANOS);

    /** Connects. @throws KafkaException if the topic cannot be reached or does not exist */
    ReportPublisher(KafkaClients clients, String topic, MessageSerde<Report> serde) {
        this.topic = topic;
        this.serde = serde;
        Map<String, Object> settings = clients.producer("reports");
        // Loops send too. The topic is kept known, so that only a full buffer could make them wait.
        settings.put(
                ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(30).toMillis());
        this.producer = new KafkaProducer<>(settings);
        try {
            producer.partitionsFor(topic);
        } catch (KafkaException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    public void send(Report report) {
        try {
            producer.send(new ProducerRecord<>(topic, serde.toBytes(report)), (metadata, error) -> {
                if (error != null) {
                    complain(report, error);
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            complain(report, e);
        }
    }

    private void complain(Report report, Exception error) {
        long now = System.nanoTime();
        long last = complainedNanos.get();
        if (now - last >= QUIET_NANOS && complainedNanos.compareAndSet(last, now)) {
            LOG.warn("Could not send a {} to {}: {}", report.getClass().getSimpleName(), topic, error.getMessage());
        }
    }

    @Override
    public void close() {
        producer.close(CLOSE);
    }
}
