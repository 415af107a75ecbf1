package dev.kedge.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KafkaClientsTest {
    private final KafkaClients clients = new KafkaClients("localhost:9092", "worker-1");

    @Test
    void producers_wait_for_all_replicas_and_hold_nothing_back() {
        assertThat(clients.producer("log"))
                .containsEntry("client.id", "worker-1-log")
                .containsEntry("bootstrap.servers", "localhost:9092")
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true)
                .containsEntry("linger.ms", 0);
        assertThat(clients.bulkProducer("import")).containsEntry("acks", "all").containsEntry("linger.ms", 5);
    }

    @Test
    void consumers_never_create_topics_nor_jump_over_what_is_gone() {
        assertThat(clients.controlConsumer("routing"))
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("auto.offset.reset", "none")
                .containsEntry("allow.auto.create.topics", false);
        assertThat(clients.logConsumer("log"))
                .containsEntry("isolation.level", "read_uncommitted")
                .containsEntry("auto.offset.reset", "none");
    }

    @Test
    void what_the_operator_gives_wins() {
        KafkaClients secured = new KafkaClients(
                "localhost:9092", "cli", Map.of("security.protocol", "SSL", "linger.ms", "1"), Duration.ofSeconds(1));

        assertThat(secured.bulkProducer("x"))
                .containsEntry("security.protocol", "SSL")
                .containsEntry("linger.ms", "1");
        assertThat(secured.admin("x")).containsEntry("security.protocol", "SSL");
        assertThat(secured.logConsumer("x")).containsEntry("security.protocol", "SSL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "localhost:", ":9092", "a:1,,b:2", "kafka://a:9092", "a:1 b:2", "a:b"})
    void what_is_no_list_of_addresses_is_refused(String bootstrap) {
        assertThatThrownBy(() -> new KafkaClients(bootstrap, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + bootstrap + "' are no Kafka addresses: give host:port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:9092", "a.b-c:1,10.0.0.1:65535", "a:1, b:2", "[::1]:9092"})
    void lists_of_addresses_are_taken(String bootstrap) {
        assertThatCode(() -> new KafkaClients(bootstrap, "x")).doesNotThrowAnyException();
    }

    @Test
    void an_address_that_cannot_be_resolved_is_unreachable() {
        KafkaClients nowhere = new KafkaClients("no-such-host.invalid:9092", "x");

        assertThatThrownBy(() -> TopicAdmin.open(nowhere))
                .isInstanceOf(KafkaUnreachable.class)
                .hasMessageContaining("no-such-host.invalid:9092")
                .hasMessageContaining("--bootstrap");
    }

    @Test
    void a_kafka_that_does_not_answer_is_unreachable_in_bounded_time() {
        // Port 1 of the loopback interface: nothing listens there.
        KafkaClients dead = new KafkaClients("127.0.0.1:1", "x", Map.of(), Duration.ofMillis(500));
        long start = System.nanoTime();

        try (TopicAdmin admin = TopicAdmin.open(dead)) {
            assertThatThrownBy(() ->
                            new TopicPlanner(new TopicCatalogue(Cell.DEFAULT, TopicOptions.replicated(1))).plan(admin))
                    .isInstanceOf(KafkaUnreachable.class)
                    .hasMessageContaining("127.0.0.1:1")
                    .hasMessageContaining("500 ms");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
}
