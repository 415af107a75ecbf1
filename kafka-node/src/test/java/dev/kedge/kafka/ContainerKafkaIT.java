package dev.kedge.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/** The image that compose/ deploys does what the child process does. */
final class ContainerKafkaIT {
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES) // the first run pulls the image
    void writesAndReads() throws Exception {
        assumeTrue(
                DockerClientFactory.instance().isDockerAvailable(),
                "no container engine answers here: start Docker, or set DOCKER_HOST");
        try (KafkaContainer kafka = new KafkaContainer("apache/kafka:4.3.1")) {
            kafka.start();
            Records.createTopic(kafka.getBootstrapServers(), "t");
            Records.produce(kafka.getBootstrapServers(), "t", "a", "b");
            assertThat(Records.readAll(kafka.getBootstrapServers(), "t")).containsExactly("a", "b");
        }
    }
}
