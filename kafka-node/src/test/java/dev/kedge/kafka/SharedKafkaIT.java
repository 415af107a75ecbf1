package dev.kedge.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SharedKafkaIT {
    @Test
    void isOneForAll() throws Exception {
        Records.createTopic(SharedKafka.bootstrap(), "mine");
        Records.produce(SharedKafka.bootstrap(), "mine", "a");
        assertThat(Records.readAll(SharedKafka.bootstrap(), "mine")).containsExactly("a");
    }
}
