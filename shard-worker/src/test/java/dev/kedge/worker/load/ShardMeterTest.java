package dev.kedge.worker.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report.HotKey;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ShardMeterTest {
    private static final int KEYSPACE = 3;
    private final ShardMeter meter = new ShardMeter("s1", LoadSettings.DEFAULTS);

    /** s1 has [,m), s2 has [m,t), s1 has [t,). */
    @BeforeEach
    void map() {
        RoutingMap.Builder map = RoutingMap.EMPTY.builder();
        KeyspaceRoute keyspace = new KeyspaceRoute("k", KEYSPACE, Placement.RANGE);
        map.apply(1, keyspace.key(), keyspace);
        tablet(map, 2, "", "s1");
        tablet(map, 3, "m", "s2");
        tablet(map, 4, "t", "s1");
        meter.routing(map.build());
    }

    @Test
    void requests_count_for_their_tablet_once_for_each_key() {
        served(new Operation.Get(key("a")), new Reply.Value(Bytes.utf8("1234567890")), 1_000);
        served(new Operation.MultiGet(List.of(key("b"), key("u"))), new Reply.Values(List.of()), 3_000);
        served(set("z", "12345"), Reply.Ok.OK, 5_000);
        List<ShardMeter.Metered> taken = meter.take();
        assertThat(taken).hasSize(2);
        Demand low = taken.get(0).demand();
        assertThat(low.reads()).isEqualTo(2);
        assertThat(low.writes()).isZero();
        assertThat(low.bytes()).isEqualTo(2 * key("a").length() + 10);
        assertThat(low.requested().quantile(1)).isEqualTo(Bytes.utf8("b"));
        assertThat(low.p99Micros()).isBetween(2_970L, 3_030L);
        Demand high = taken.get(1).demand();
        assertThat(high.reads()).isEqualTo(1);
        assertThat(high.writes()).isEqualTo(1);
        assertThat(meter.take()).allSatisfy(m -> assertThat(m.demand()).isEqualTo(Demand.NONE));
    }

    /** Else the load that a read replica takes off would look as if it were gone. */
    @Test
    void what_it_serves_as_a_read_replica_is_told_apart() {
        RoutingMap.Builder map = RoutingMap.EMPTY.builder();
        KeyspaceRoute keyspace = new KeyspaceRoute("k", KEYSPACE, Placement.RANGE);
        map.apply(1, keyspace.key(), keyspace);
        TabletRoute followed = new TabletRoute(
                "k",
                Bytes.EMPTY,
                "s2",
                null,
                List.of(new ReadReplicaRoute("r1", 1, ReadReplicaState.FOLLOWING, "s1", 2_000)));
        map.apply(2, followed.key(), followed);
        tablet(map, 3, "m", "s2");
        meter.routing(map.build());
        served(new Operation.Get(key("a")), new Reply.Value(null), 10);
        served(new Operation.Get(key("n")), new Reply.Value(null), 10);
        assertThat(meter.take()).singleElement().satisfies(m -> {
            assertThat(m.followed()).isTrue();
            assertThat(m.demand().reads()).isEqualTo(1);
        });
    }

    @Test
    void what_was_not_served_counts_for_nothing() {
        served(new Operation.Get(key("a")), new Reply.Moved(key("a"), "s2"), 10);
        served(set("a", "1"), new Reply.Failed(Reply.Failure.TRY_AGAIN, "later"), 10);
        served(new Operation.Scan(key("a"), key("b"), 10), new Reply.Keys(List.of(), null), 10);
        served(new Operation.Get(key("n")), new Reply.Value(null), 10);
        assertThat(meter.take()).allSatisfy(m -> assertThat(m.demand()).isEqualTo(Demand.NONE));
    }

    @Test
    void a_hot_key_is_named_and_evenly_asked_keys_are_not() {
        Random random = new Random(5);
        for (int i = 0; i < 30_000; i++) {
            String key = i % 4 == 0 ? "hot" : "a%06d".formatted(random.nextInt(100_000));
            served(new Operation.Get(key(key)), new Reply.Value(null), 10);
            served(new Operation.Get(key("u%06d".formatted(random.nextInt(100_000)))), new Reply.Value(null), 10);
        }
        List<ShardMeter.Metered> taken = meter.take();
        assertThat(taken.get(0).demand().hotKeys()).singleElement().satisfies(hot -> {
            assertThat(hot.position()).isEqualTo(Bytes.utf8("hot"));
            assertThat(hot.requests()).isBetween(6_500L, 7_500L);
        });
        assertThat(taken.get(1).demand().hotKeys()).extracting(HotKey::position).isEmpty();
    }

    @Test
    void requested_positions_are_right_within_a_few_hundredths_whatever_their_distribution() {
        Random random = new Random(9);
        int count = 50_000;
        for (int i = 0; i < count; i++) {
            double skewed = Math.pow(random.nextDouble(), 3);
            served(new Operation.Get(key("a%08d".formatted((long) (skewed * 1e8 - 1e-9)))), new Reply.Value(null), 10);
        }
        Demand demand = meter.take().get(0).demand();
        assertThat(demand.requested().weight()).isEqualTo(count);
        assertThat(demand.requested().points()).hasSizeLessThanOrEqualTo(LoadSettings.DEFAULTS.points());
        for (double share = 0.1; share < 1; share += 0.1) {
            Bytes exact = Bytes.utf8("a%08d".formatted((long) (Math.pow(share, 3) * 1e8)));
            assertThat(demand.requested().rank(exact)).isCloseTo(share, within(0.06));
        }
    }

    private void served(Operation operation, Reply reply, long micros) {
        meter.answered(operation, reply, micros * 1_000);
    }

    private static Operation set(String key, String value) {
        return new Operation.Set(key(key), Bytes.utf8(value), Operation.Condition.ALWAYS, null, false);
    }

    private static Bytes key(String key) {
        return ShardKeys.data(KEYSPACE, Bytes.utf8(key));
    }

    private static void tablet(RoutingMap.Builder map, long offset, String start, String shard) {
        TabletRoute route = new TabletRoute("k", Bytes.utf8(start), shard, null);
        map.apply(offset, route.key(), route);
    }
}
