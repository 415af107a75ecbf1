package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import dev.kedge.worker.engine.EngineSettings;
import dev.kedge.worker.runtime.HandmadeCell;
import dev.kedge.worker.runtime.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** One with real engines, logs and stores behind it. */
final class RealWorker implements Serving {
    private final HandmadeCell cell;
    private final Worker worker;

    RealWorker(Path data) throws Exception {
        cell = HandmadeCell.withoutKeyspace(SharedKafka.bootstrap());
        worker = cell.start("w1", data, new RespServer(RespSettings.of("w1", "0.1.0-test")));
        cell.publish(new WorkerRoute("w1", "127.0.0.1", worker.port()));
        cell.publish(new KeyspaceRoute("default", 1, Placement.HASH));
        cell.publish(new KeyspaceRoute("ordered", 2, Placement.RANGE));
        cell.assign("s1", "w1", 1);
        cell.assign("s2", "w1", 1);
        cell.publish(new TabletRoute("default", Bytes.EMPTY, "s1", null));
        cell.publish(new TabletRoute("default", Slots.bound(8192), "s2", null));
        cell.publish(new TabletRoute("ordered", Bytes.EMPTY, "s1", null));
        cell.publish(new TabletRoute("ordered", Bytes.utf8("m"), "s2", null));
        try (RawClient client = connect()) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> client.ask("SELECT", "ordered").equals("OK")
                            && client.ask("EXISTS", "a").equals(0L)
                            && client.ask("EXISTS", "z").equals(0L));
        }
    }

    @Override
    public int port() {
        return worker.port();
    }

    @Override
    public int maxValueBytes() {
        return EngineSettings.DEFAULTS.maxValueBytes();
    }

    @Override
    public void clear() {
        try (RawClient client = connect()) {
            for (String keyspace : List.of("default", "ordered")) {
                assertThat(client.ask("SELECT", keyspace)).isEqualTo("OK");
                List<Object> keys = new ArrayList<>();
                String cursor = "0";
                do {
                    List<?> page = (List<?>) client.ask("SCAN", cursor, "COUNT", "1000");
                    cursor = (String) page.getFirst();
                    keys.addAll((List<?>) page.get(1));
                } while (!cursor.equals("0"));
                keys.forEach(key -> client.send("DEL", (String) key));
                keys.forEach(key -> assertThat(client.reply()).isEqualTo(1L));
                assertThat(client.ask("DBSIZE")).isEqualTo(0L);
            }
        }
    }

    @Override
    public void put(KeyspaceRoute keyspace, Collection<String> keys) {
        try (RawClient client = connect()) {
            assertThat(client.ask("SELECT", keyspace.keyspace())).isEqualTo("OK");
            keys.forEach(key -> client.send("SET", key, ""));
            keys.forEach(key -> assertThat(client.reply()).isEqualTo("OK"));
        }
    }

    @Override
    public void close() {
        worker.close();
        cell.close();
    }
}
