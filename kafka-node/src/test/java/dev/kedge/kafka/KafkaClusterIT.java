package dev.kedge.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaClusterIT {
    @TempDir
    Path dir;

    @Test
    void goesOnWithoutOneNodeAndTakesItBack() throws Exception {
        try (KafkaCluster kafka = KafkaCluster.builder()
                .dataDir(dir)
                .heap("256m")
                .jvmOption("-XX:TieredStopAtLevel=1")
                .start()) {
            Records.createTopic(kafka.bootstrap(), "t");
            Records.produce(kafka.bootstrap(), "t", "a");

            kafka.node(1).kill();
            Records.produce(kafka.bootstrap(), "t", "b");
            kafka.node(1).restart();
            kafka.node(2).kill();
            Records.produce(kafka.bootstrap(), "t", "c");

            assertThat(Records.readAll(kafka.bootstrap(), "t")).containsExactly("a", "b", "c");
        }
    }
}
