package dev.kedge.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.schemas.report.Report;
import dev.kedge.topics.Cell;
import dev.kedge.worker.engine.DigestResult;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.store.StoredDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker with real engine, log and store; the routing records are written by hand. */
final class WorkerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path data;

    private HandmadeCell cell;
    private HandmadeCell.Hosted worker;

    @BeforeEach
    void createCell() throws Exception {
        cell = new HandmadeCell(SharedKafka.bootstrap());
        cell.assign("s1", "w1", 1);
        worker = cell.start("w1", data);
    }

    @AfterEach
    void close() {
        worker.close();
        cell.close();
    }

    @Test
    void what_was_acknowledged_survives_a_restart_with_and_without_the_disk() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            worker.ask("s1", HandmadeCell.set("key-" + i, "value-" + i));
        }
        worker.ask("s1", new Operation.Delete(List.of(HandmadeCell.key("key-7"))));
        worker.ask("s1", new Operation.Increment(HandmadeCell.key("counter"), 41));
        assertThat(worker.ask("s1", new Operation.Increment(HandmadeCell.key("counter"), 1)))
                .isEqualTo(new Reply.Int(42));
        worker.close();
        DigestResult before = digest();
        assertThat(before.rows()).isEqualTo(2_000);

        worker = cell.start("w1", data);
        assertThat(get("key-8")).isEqualTo(HandmadeCell.value("value-8"));
        assertThat(get("key-7")).isEqualTo(Reply.Value.NONE);
        worker.close();
        assertThat(digest()).isEqualTo(before);

        deleteStore();
        worker = cell.start("w1", data);
        assertThat(get("counter")).isEqualTo(HandmadeCell.value("42"));
        worker.close();
        assertThat(digest()).as("I7").isEqualTo(before);
    }

    @Test
    void a_damaged_store_is_rebuilt_from_the_log() throws Exception {
        worker.ask("s1", HandmadeCell.set("a", "1"));
        worker.close();
        Files.writeString(data.resolve("s1/db/CURRENT"), "MANIFEST-999999\n");
        worker = cell.start("w1", data);
        assertThat(get("a")).isEqualTo(HandmadeCell.value("1"));
    }

    @Test
    void a_new_epoch_opens_the_shard_again_and_loses_nothing() throws Exception {
        worker.ask("s1", HandmadeCell.set("a", "1"));
        cell.assign("s1", "w1", 2);
        awaitStatus(status -> status.epoch() == 2 && status.state() == Report.ShardState.SERVING);
        assertThat(get("a")).isEqualTo(HandmadeCell.value("1"));
    }

    @Test
    void a_shard_assigned_elsewhere_leaves_this_worker() throws Exception {
        worker.ask("s1", HandmadeCell.set("a", "1"));
        cell.assign("s1", "w2", 2);
        await().atMost(PATIENCE).until(() -> worker.worker().shards().hosted().isEmpty());
        Reply reply =
                worker.submit("s1", new Operation.Get(HandmadeCell.key("a"))).join();
        assertThat(((Reply.Failed) reply).failure()).isEqualTo(Reply.Failure.TRY_AGAIN);
    }

    @Test
    void a_topic_created_anew_is_refused_with_the_reason() throws Exception {
        cell.assign("s1", "w1", 2, "AAAAAAAAAAAAAAAAAAAAAQ");
        awaitFailure("created anew");
    }

    @Test
    void the_store_of_another_cluster_is_refused_with_the_reason() throws Exception {
        worker.ask("s1", HandmadeCell.set("a", "1"));
        worker.close();
        Path marker = data.resolve("s1/KEDGE-STORE");
        Files.writeString(marker, Files.readString(marker).replace(cell.topicId("s1"), "AAAAAAAAAAAAAAAAAAAAAQ"));
        worker = cell.start("w1", data);
        awaitFailure("another Kafka cluster");
    }

    @Test
    void what_a_shard_is_asked_for_is_reported() throws Exception {
        for (int i = 0; i < 300; i++) {
            worker.ask("s1", HandmadeCell.set("key-" + i, "value"));
            worker.ask("s1", new Operation.Get(HandmadeCell.key("key-7")));
        }
        List<Report.TabletUse> uses = new ArrayList<>();
        await().atMost(PATIENCE).untilAsserted(() -> {
            uses.clear();
            cell.loads().forEach(load -> uses.addAll(load.tablets()));
            assertThat(uses.stream().mapToLong(Report.TabletUse::writes).sum()).isEqualTo(300);
            assertThat(uses.stream().mapToLong(Report.TabletUse::reads).sum()).isEqualTo(300);
            assertThat(uses).anyMatch(use -> !use.stored().isEmpty());
        });
        assertThat(uses).anySatisfy(use -> {
            assertThat(use.hotKeys()).isNotEmpty();
            assertThat(use.p99Micros()).isPositive();
        });
    }

    @Test
    void a_cell_without_topics_is_refused() {
        WorkerSettings nowhere = WorkerSettings.of("w9", new Cell("nowhere"), cell.clients(), data.resolve("w9"));
        ClientFrontend unused = new ClientFrontend() {
            @Override
            public int start(ShardDirectory shards) throws IOException {
                throw new IOException("must not be started");
            }

            @Override
            public void close() {}
        };
        assertThatThrownBy(() -> Worker.start(nowhere, unused)).hasMessageContaining("nowhere.routing");
    }

    private Reply get(String key) throws Exception {
        return worker.ask("s1", new Operation.Get(HandmadeCell.key(key)));
    }

    private void awaitFailure(String reason) {
        awaitStatus(status -> status.state() == Report.ShardState.FAILED
                && String.valueOf(status.reason()).contains(reason));
    }

    private void awaitStatus(Predicate<Report.ShardStatus> wanted) {
        await().atMost(PATIENCE).until(() -> cell.statuses().stream().anyMatch(wanted));
    }

    private DigestResult digest() {
        return StoredDigest.of(data.resolve("s1"), cell.name(), "s1", cell.topicId("s1"), HandmadeCell.KEYSPACE);
    }

    private void deleteStore() throws IOException {
        try (Stream<Path> tree = Files.walk(data.resolve("s1"))) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
