package dev.kedge.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.load.PositionSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HostedShardsTest {
    private final Map<String, List<FakeEngine>> engines = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final List<Report> sent = new ArrayList<>();
    private final LatestProgress latest = new LatestProgress(sent::add);
    private final HostedShards shards = new HostedShards("w1", this::opener, LoopSettings.DEFAULT, latest);
    private RoutingMap map = RoutingMap.EMPTY;

    private ShardOpener opener(ShardRoute route) {
        return (inbox, lastFailure) -> {
            assertThat(open.incrementAndGet())
                    .as("openings of one directory at a time")
                    .isEqualTo(1);
            FakeEngine engine = new FakeEngine();
            engines.computeIfAbsent(route.shard(), shard -> new ArrayList<>()).add(engine);
            return new OpenShard(engine, PositionSource.NONE, open::decrementAndGet);
        };
    }

    @AfterEach
    void stop() {
        shards.stop().join();
        assertThat(open).hasValue(0);
    }

    @Test
    void shards_come_and_go_as_the_map_says() {
        publish(route("s1", "w1", 1));
        publish(route("s2", "w2", 1));
        await().until(() -> shards.hosted().contains("s1") && latest("s1") != null);
        assertThat(shards.hosted()).containsExactly("s1");
        assertThat(shards.routing()).isSameAs(map);

        publish(route("s1", "w2", 2));
        await().until(() -> shards.hosted().isEmpty());
        assertThat(latest("s1").inputs).contains("stop");
    }

    @Test
    void a_new_epoch_is_a_new_engine_once_the_old_one_has_ended() {
        publish(route("s1", "w1", 1));
        await().until(() -> latest("s1") != null);
        publish(route("s1", "w1", 2));
        publish(route("s1", "w1", 3));
        await().until(() -> latest("s1").inputs.stream().anyMatch(input -> input.startsWith("start 3")));
        assertThat(shards.hosted()).containsExactly("s1");
    }

    @Test
    void requests_find_their_shard_and_those_for_others_are_answered() {
        publish(route("s1", "w1", 1));
        List<Reply> replies = new ArrayList<>();
        Request request = new Request(new Operation.Get(Bytes.utf8("a")), 0, false, reply -> {
            synchronized (replies) {
                replies.add(reply);
            }
        });
        assertThat(shards.submit("s9", request)).isTrue();
        assertThat(((Reply.Failed) replies.get(0)).failure()).isEqualTo(Reply.Failure.TRY_AGAIN);
        assertThat(shards.submit("s1", request)).isTrue();
        await().until(() -> {
            synchronized (replies) {
                return replies.size() == 2;
            }
        });
        assertThat(replies.get(1)).isEqualTo(Reply.Ok.OK);
    }

    @Test
    void a_replicas_progress_reaches_the_owner_of_the_tablet_it_follows() {
        publish(route("s1", "w1", 1));
        publish(new KeyspaceRoute("ks", 1, Placement.RANGE));
        MigrationRoute migration = new MigrationRoute(
                "m-1", 1, Phase.DUAL_WRITE, false, "s2", ImportBase.FRESH, 0, 0, List.of(), false, 0, 500, 500);
        publish(new TabletRoute("ks", Bytes.EMPTY, "s1", migration));
        await().until(() -> latest("s1") != null);

        shards.hear(new Report.ReplicaProgress("s2", "m-1", 1, 77, 80, 1, 1, false));
        shards.hear(new Report.ReplicaProgress("s2", "m-other", 1, 78, 80, 1, 1, false));

        await().until(() -> latest("s1").inputs.contains("progress 77"));
        assertThat(latest("s1").inputs).doesNotContain("progress 78");
    }

    @Test
    void what_a_sources_clients_wait_reaches_the_shards_that_copy_from_it() {
        publish(route("s1", "w1", 1));
        publish(new KeyspaceRoute("ks", 1, Placement.RANGE));
        ReadReplicaRoute follows = new ReadReplicaRoute("r-1", 1, ReadReplicaState.COPYING, "s1", 1_000);
        MigrationRoute migration = new MigrationRoute(
                "m-1", 1, Phase.COPYING, false, "s1", ImportBase.FRESH, 0, 0, List.of(), false, 0, 500, 500);
        publish(new TabletRoute("ks", Bytes.EMPTY, "s2", null, List.of(follows)));
        publish(new TabletRoute("ks", Bytes.utf8("m"), "s2", migration));
        await().until(() -> latest("s1") != null);

        shards.hear(new Report.ForegroundLatency("s2", "r-1", 1, 100, 71));
        shards.hear(new Report.ForegroundLatency("s2", "m-other", 1, 100, 72));
        shards.hear(new Report.ForegroundLatency("s2", "m-1", 1, 100, 73));

        await().until(() -> latest("s1").inputs.contains("latency 73"));
        assertThat(latest("s1").inputs).contains("latency 71").doesNotContain("latency 72");
    }

    @Test
    void the_latest_progress_here_is_known_as_long_as_the_map_names_the_replication() {
        publish(new KeyspaceRoute("ks", 1, Placement.RANGE));
        ReadReplicaRoute follows = new ReadReplicaRoute("r-1", 1, ReadReplicaState.FOLLOWING, "s1", 1_000);
        publish(new TabletRoute("ks", Bytes.EMPTY, "s2", null, List.of(follows)));
        latest.send(new Report.ReplicaProgress("s1", "r-1", 1, 76, 80, 1, 1, false));
        latest.send(new Report.ReplicaProgress("s1", "r-1", 1, 77, 80, 1, 1, false));
        assertThat(sent).hasSize(2);
        publish(route("s1", "w2", 1));
        assertThat(shards.replications())
                .singleElement()
                .satisfies(p -> assertThat(p.position()).isEqualTo(77));
        publish(new TabletRoute("ks", Bytes.EMPTY, "s2", null));
        assertThat(shards.replications()).isEmpty();
    }

    @Test
    void an_older_map_changes_nothing() {
        publish(route("s1", "w1", 1));
        RoutingMap newest = map;
        shards.routing(RoutingMap.EMPTY);
        assertThat(shards.routing()).isSameAs(newest);
        assertThat(shards.hosted()).containsExactly("s1");
    }

    private FakeEngine latest(String shard) {
        List<FakeEngine> all = engines.get(shard);
        return all == null ? null : all.getLast();
    }

    private void publish(RoutingRecord record) {
        map = map.with(map.version() + 1, record.key(), record);
        shards.routing(map);
    }

    private static ShardRoute route(String shard, String worker, long epoch) {
        return new ShardRoute(shard, worker, epoch, "cell.shard." + shard + ".g1", "id");
    }
}
