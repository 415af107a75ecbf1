package dev.kedge.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
final class KafkaClusterIT {
    private static KafkaCluster kafka;

    @BeforeAll
    static void start() {
        kafka = KafkaCluster.builder()
                .heap("256m")
                .jvmOption("-XX:TieredStopAtLevel=1")
                .link("a-client")
                .start();
    }

    @AfterAll
    static void close() {
        kafka.close();
    }

    @Test
    void survivesTheDeathOfAnyOneNode() throws Exception {
        Records.createTopic(kafka.bootstrap(), "t");
        Records.produce(kafka.bootstrap(), "t", "a");

        kafka.node(1).kill();
        Records.produce(kafka.bootstrap(), "t", "b");
        kafka.node(1).restart();
        kafka.node(2).kill();
        Records.produce(kafka.bootstrap(), "t", "c");
        kafka.node(2).restart();

        assertThat(Records.readAll(kafka.bootstrap(), "t")).containsExactly("a", "b", "c");
    }

    @Test
    void aLinkIsTheOnlyWayOfWhoCameByIt() throws Exception {
        KafkaLink link = kafka.link("a-client");
        Records.createTopic(kafka.bootstrap(), "u");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", link.bootstrap(), "acks", "all", "delivery.timeout.ms", 120_000),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("u", "before")).get();

            link.cut();
            Future<RecordMetadata> cut = producer.send(new ProducerRecord<>("u", "cut"));
            assertPending(cut);
            Records.produce(kafka.bootstrap(), "u", "of another client");
            link.heal();
            cut.get(60, TimeUnit.SECONDS);

            link.hang();
            Future<RecordMetadata> hanging = producer.send(new ProducerRecord<>("u", "hanging"));
            assertPending(hanging);
            link.heal();
            hanging.get(60, TimeUnit.SECONDS);

            link.delay(Duration.ofMillis(20));
            producer.send(new ProducerRecord<>("u", "delayed")).get(60, TimeUnit.SECONDS);
            link.heal();
        }
        assertThat(Records.readAll(kafka.bootstrap(), "u"))
                .containsExactly("before", "of another client", "cut", "hanging", "delayed");
    }

    private static void assertPending(Future<?> sent) throws InterruptedException, ExecutionException {
        assertThatThrownBy(() -> sent.get(2, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
    }
}
