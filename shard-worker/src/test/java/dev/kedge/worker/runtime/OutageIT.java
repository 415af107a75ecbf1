package dev.kedge.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.kafka.KafkaNode;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka is killed under a worker and comes back. */
final class OutageIT {
    @TempDir
    Path data;

    @Test
    void a_worker_outlives_the_death_of_kafka_and_loses_nothing_it_acknowledged() throws Exception {
        try (KafkaNode kafka =
                        KafkaNode.builder().jvmOption("-XX:TieredStopAtLevel=1").start();
                HandmadeCell cell = new HandmadeCell(kafka.bootstrap());
                HandmadeCell.Hosted worker = cell.start("w1", data)) {
            cell.assign("s1", "w1", 1);
            for (int i = 0; i < 200; i++) {
                worker.ask("s1", HandmadeCell.set("before-" + i, "v" + i));
            }

            kafka.kill();
            List<CompletableFuture<Reply>> during = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                during.add(worker.submit("s1", HandmadeCell.set("during-" + i, "v" + i)));
            }
            kafka.restart();

            for (int i = 0; i < 50; i++) {
                Reply reply = during.get(i).get(90, TimeUnit.SECONDS);
                Reply read = worker.ask("s1", new Operation.Get(HandmadeCell.key("during-" + i)));
                if (reply instanceof Reply.Ok) {
                    assertThat(read).isEqualTo(HandmadeCell.value("v" + i));
                } else {
                    assertThat(reply).isInstanceOf(Reply.Failed.class);
                }
            }
            for (int i = 0; i < 200; i++) {
                assertThat(worker.ask("s1", new Operation.Get(HandmadeCell.key("before-" + i))))
                        .isEqualTo(HandmadeCell.value("v" + i));
            }
            assertThat(worker.ask("s1", HandmadeCell.set("after", "v"))).isEqualTo(Reply.Ok.OK);
        }
    }
}
