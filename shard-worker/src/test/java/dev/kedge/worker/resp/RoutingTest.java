package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.model.Slots;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.resp.RawClient.Err;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** To which shard a request goes, and what a client hears when it came to the wrong worker. Slot of "a": 15495, of "b": 3300. */
class RoutingTest {
    private OneWorker worker;
    private RawClient client;

    @BeforeEach
    void start() {
        worker = new OneWorker();
        client = worker.connect();
    }

    @AfterEach
    void stop() {
        client.close();
        worker.close();
    }

    private static Err err(String text) {
        return new Err(text);
    }

    private Maps map() {
        return worker.map().worker("w9", 7009).shard("s9", "w9");
    }

    @Test
    void a_key_of_another_worker_is_moved() {
        worker.shards.map(map().slots(8192, "s9").build());
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        assertThat(client.ask("SET", "a", "1")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        assertThat(client.ask("MGET", "{a}1", "{a}2")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        assertThat(client.ask("SET", "b", "1")).isEqualTo("OK");
        assertThat(client.ask("MGET", "a", "b"))
                .isEqualTo(err("CROSSSLOT Keys in request don't hash to the same slot"));
        assertThat(client.ask("INFO", "stats").toString()).contains("moved_replies:3\r\n");
    }

    @Test
    void a_key_of_a_range_keyspace_is_moved_with_slot_0() {
        worker.shards.map(map().tablet("ordered", Bytes.utf8("m"), "s9", null).build());
        client.ask("SELECT", "ordered");
        assertThat(client.ask("GET", "z")).isEqualTo(err("MOVED 0 127.0.0.1:7009"));
        assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
    }

    @Test
    void a_key_without_a_reachable_owner_is_down() {
        worker.shards.map(worker.map().shard("s8", "w8").slots(8192, "s8").build());
        assertThat(client.ask("GET", "a"))
                .isEqualTo(err("CLUSTERDOWN shard s8, which owns this key, runs on no known worker at the moment"));
        assertThat(client.ask("CLUSTER", "INFO").toString())
                .contains("cluster_state:fail", "cluster_slots_assigned:8192");
    }

    @Test
    void a_shard_assigned_here_but_not_open_is_worth_trying_again() {
        worker.shards.map(worker.map().shard("s3", "w1").slots(8192, "s3").build());
        assertThat(client.ask("GET", "a"))
                .isEqualTo(err("TRYAGAIN shard s3, which owns this key, is about to open here"));
    }

    @Test
    void without_a_map_everything_about_keys_is_down() {
        worker.shards.map(RoutingMap.EMPTY);
        Err down = err(
                "CLUSTERDOWN there is no default keyspace: create a HASH keyspace named 'default', or SELECT one by name");
        for (String[] command : new String[][] {{"GET", "a"}, {"DBSIZE"}, {"SCAN", "0"}}) {
            assertThat(client.ask(command)).isEqualTo(down);
        }
        assertThat(client.ask("CLUSTER", "COUNTKEYSINSLOT", "1"))
                .isEqualTo(err("CLUSTERDOWN there is no HASH keyspace, so there are no slots"));
        assertThat(client.ask("CLUSTER", "SLOTS")).isEqualTo(List.of());
        assertThat(client.ask("CLUSTER", "NODES").toString()).contains("myself,master");
        assertThat(client.ask("INFO").toString()).contains("routing_version:-1");
        assertThat(client.ask("PING")).isEqualTo("PONG");
        worker.shards.map(Maps.empty().keyspace("default", 1, Placement.HASH).build());
        assertThat(client.ask("GET", "a"))
                .isEqualTo(err("CLUSTERDOWN no shard owns this key: the keyspace 'default' has no tablets"));
    }

    @Test
    void the_only_hash_keyspace_is_the_default_one() {
        Maps only = Maps.empty()
                .worker("w1", worker.port)
                .shard("s1", "w1")
                .keyspace("mine", 5, Placement.HASH)
                .tablet("mine", Bytes.EMPTY, "s1", null);
        worker.shards.map(only.build());
        assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
        assertThat(client.ask("CLUSTER", "INFO").toString()).contains("cluster_state:ok");
        RoutingMap two = only.keyspace("other", 6, Placement.HASH)
                .tablet("other", Bytes.EMPTY, "s1", null)
                .build();
        worker.shards.map(two);
        assertThat(client.ask("GET", "a").toString()).contains("CLUSTERDOWN there is no default keyspace");
        client.ask("SELECT", "mine");
        assertThat(client.ask("GET", "a")).isEqualTo("1");
        client.ask("SELECT", "other");
        assertThat(client.ask("GET", "a")).isNull();
        worker.shards.map(Maps.of(two).without("other").build());
        assertThat(client.ask("GET", "a")).isEqualTo(err("CLUSTERDOWN the keyspace 'other' is gone: SELECT another"));
    }

    @Test
    void a_replica_about_to_take_over_gets_the_request() {
        // s9 on w9 owns the slots of "a"; s2, here, is its replica. The engine of s2 decides what becomes of the
        // request.
        for (Phase phase : Phase.values()) {
            worker.shards.routing = map().migrating(8192, "s9", "s2", phase).build();
            worker.shards.engineMap = map().slots(8192, "s2").build();
            Object expected =
                    phase == Phase.DUAL_WRITE || phase == Phase.VERIFYING ? "OK" : err("MOVED 15495 127.0.0.1:7009");
            assertThat(client.ask("SET", "a", "1")).as(phase.name()).isEqualTo(expected);
        }
        worker.shards.routing =
                map().migrating(8192, "s9", "s2", Phase.VERIFYING).build();
        worker.shards.engineMap = worker.shards.routing;
        assertThat(client.ask("SET", "a", "1"))
                .as("the engine knows of no cutover")
                .isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
    }

    @Test
    void a_former_owner_answers_stale_reads_where_they_are_wanted() {
        client.ask("SET", "a", "old");
        worker.shards.map(
                map().migrating(8192, "s9", "s2", Phase.ROLLBACK_WINDOW).build());
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        client.ask("READONLY");
        assertThat(client.ask("GET", "a")).isEqualTo("old");
        assertThat(client.ask("MGET", "a", "{a}2")).isEqualTo(Arrays.asList("old", null));
        assertThat(client.ask("SET", "a", "new")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        client.ask("READWRITE");
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        worker.shards.map(map().migrating(8192, "s9", "s2", Phase.CLEANUP).build());
        client.ask("READONLY");
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
    }

    private Maps followed(ReadReplicaState state) {
        return map().shard("s8", "w9")
                .with(new TabletRoute(
                        "default",
                        Slots.bound(8192),
                        "s9",
                        null,
                        List.of(new ReadReplicaRoute("r1", 1, state, "s2", 2_000))))
                .slots(16_000, "s8");
    }

    @Test
    void a_read_replica_answers_stale_reads_where_they_are_wanted() {
        client.ask("SET", "a", "old");
        worker.shards.map(followed(ReadReplicaState.FOLLOWING).build());
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        client.ask("READONLY");
        assertThat(client.ask("GET", "a")).isEqualTo("old");
        assertThat(client.ask("MGET", "a", "{a}2")).isEqualTo(Arrays.asList("old", null));
        assertThat(client.ask("STRLEN", "a")).isEqualTo(3L);
        assertThat(client.ask("SET", "a", "new")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        worker.shards.override = operation -> new Reply.Moved(
                ShardKeys.data(1, Placement.HASH.position(Bytes.utf8("a"))), "s9"); // too old to be answered
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
        worker.shards.override = operation -> null;
        worker.shards.map(followed(ReadReplicaState.LEAVING).build());
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
    }

    /** A worker is a master of some slots and a replica of others, so it is several nodes at one address. */
    @Test
    void clients_are_told_of_read_replicas_slot_by_slot() {
        worker.shards.map(followed(ReadReplicaState.FOLLOWING).build());
        long port = worker.port;
        String w1 = Front.nodeId("w1");
        String w9 = Front.nodeId("w9");
        String followed = Front.nodeId("w9/w1");
        String follower = Front.nodeId("w1/of/w9/w1");
        assertThat(client.ask("CLUSTER", "SLOTS"))
                .isEqualTo(List.of(
                        List.of(0L, 8191L, node(port, w1)),
                        List.of(8192L, 15_999L, node(7009, followed), node(port, follower)),
                        List.of(16_000L, 16_383L, node(7009, w9))));
        String[] lines = client.ask("CLUSTER", "NODES").toString().split("\n");
        assertThat(lines)
                .hasSize(4)
                .anySatisfy(line -> assertThat(line).startsWith(w1).contains("myself,master - ", " 0-8191"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(followed + " 127.0.0.1:7009@0 master - ")
                        .endsWith(" 8192-15999"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith(follower + " 127.0.0.1:" + port + "@0 slave " + followed + " 0 0 ")
                        .endsWith(" connected"))
                .anySatisfy(line -> assertThat(line).startsWith(w9 + " ").endsWith(" 16000-16383"));
        assertThat(client.ask("CLUSTER", "SHARDS").toString()).contains("role, replica");
        assertThat(client.ask("CLUSTER", "INFO").toString()).contains("cluster_state:ok", "cluster_size:3");
        for (ReadReplicaState unready : List.of(ReadReplicaState.COPYING, ReadReplicaState.LEAVING)) {
            worker.shards.map(followed(unready).build());
            assertThat(client.ask("CLUSTER", "NODES").toString()).doesNotContain("slave");
        }
    }

    private static List<Object> node(long port, String id) {
        return List.of("127.0.0.1", port, id, List.of());
    }

    @Test
    void how_far_replicas_are_can_be_asked() {
        worker.shards.replications = List.of(new Report.ReplicaProgress(
                "s2", "r1", 3, 90, 100, 7, 700, false, System.currentTimeMillis() - 60_000, 500, 2_000, 1_000));
        assertThat(client.ask("INFO", "kedge").toString())
                .containsPattern("replication_r1:shard=s2,attempt=3,position=90,lag=10,rows=7,staleness_ms=6\\d{4},"
                        + "rows_per_second_limit=500,source_p99_us=2000,own_p99_us=1000");
    }

    @Test
    void an_engine_that_knows_more_than_the_map_moves_the_client() {
        worker.shards.engineMap = map().slots(8192, "s9").build();
        assertThat(client.ask("GET", "a"))
                .as("w9 is not in the map yet")
                .isEqualTo(err("CLUSTERDOWN shard s9, which owns this key, runs on no known worker at the moment"));
        worker.shards.routing = map().build();
        assertThat(client.ask("GET", "a")).isEqualTo(err("MOVED 15495 127.0.0.1:7009"));
    }

    @Test
    void between_shards_of_one_worker_a_request_is_handed_on() {
        worker.shards.engineMap = worker.map().slots(8192, "s1").build();
        assertThat(client.ask("SET", "a", "1")).isEqualTo("OK");
        assertThat(client.ask("GET", "a")).isEqualTo("1");
        assertThat(worker.s1.rows).hasSize(1);
        assertThat(worker.s2.rows).isEmpty();
        assertThat(client.ask("INFO", "stats").toString()).contains("handed_on_requests:2\r\n");
    }

    @Test
    void a_request_is_not_handed_on_for_ever() {
        AtomicInteger asked = new AtomicInteger();
        Bytes key = ShardKeys.data(1, Placement.HASH.position(Bytes.utf8("a")));
        worker.shards.override = operation -> new Reply.Moved(key, asked.incrementAndGet() % 2 == 0 ? "s1" : "s2");
        assertThat(client.ask("GET", "a").toString()).contains("TRYAGAIN the key is moving to shard s");
        assertThat(asked).hasValue(9);
    }

    @Test
    void a_shard_that_closes_is_worth_trying_again() {
        worker.shards.override = operation -> new Reply.Failed(Reply.Failure.TRY_AGAIN, "closing");
        assertThat(client.ask("GET", "a")).isEqualTo(err("TRYAGAIN closing"));
    }

    /** R4: a read is judged by this time, so it must lie after the request's last byte and not after its submission. */
    @Test
    void a_request_is_stamped_when_its_last_byte_has_come() {
        client.raw("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\n");
        assertThat(client.reply())
                .as("what is read together with the beginning of GET")
                .isEqualTo("PONG");
        long before = System.nanoTime();
        client.raw("a\r\n");
        assertThat(client.reply()).isNull();
        assertThat(worker.shards.lastReceivedNanos).isBetween(before, System.nanoTime());
        worker.shards.admissionLimit = 0;
        client.send("GET", "a");
        await().until(() -> worker.shards.refused.get() > 0);
        long later = System.nanoTime();
        worker.shards.admissionLimit = 1;
        assertThat(client.reply()).isNull();
        assertThat(worker.shards.lastReceivedNanos)
                .as("submitting it again does not change it")
                .isLessThan(later);
    }

    /**
     * The key moves from s2 to s1 while a write to it is in flight in s2. A second write, routed by the new map, must not
     * overtake the first, which s2 sends on to s1 only later. Another key's write does not wait.
     */
    @Test
    void writes_to_one_key_keep_their_order_across_a_map_change() {
        worker.s1.record = true;
        worker.s2.hold();
        client.send("SET", "a", "first");
        await().until(() -> worker.s2.queued.get() == 1);
        worker.shards.map(worker.map().slots(8192, "s1").build());
        client.send("SET", "b", "unmoved");
        client.send("SET", "a", "second");
        client.send("SET", "b", "after");
        await().until(() -> worker.s1.executed.size() == 1);
        RawClient other = worker.connect();
        assertThat(other.ask("PING")).isEqualTo("PONG"); // the server had its chance to run the second write
        assertThat(worker.s1.executed)
                .as("the second write waits for the first")
                .hasSize(1);
        other.close();
        worker.s2.release();
        for (int i = 0; i < 4; i++) {
            assertThat(client.reply()).isEqualTo("OK");
        }
        assertThat(worker.s1.executed.stream()
                        .map(each -> ((Operation.Set) each).value().toUtf8()))
                .containsExactly("unmoved", "first", "second", "after");
        assertThat(client.ask("GET", "a")).isEqualTo("second");
    }

    /**
     * Many writes in flight to few keys through many map changes. As in a migration, a tablet does not change hands again while
     * requests from before the last change are in flight.
     */
    @Test
    void order_holds_through_many_map_changes() throws Exception {
        String[] owners = {"s1", "s2"};
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger replies = new AtomicInteger();
        int total = 20_000;
        worker.shards.shareRows();
        Thread mover = Thread.ofVirtual().start(() -> {
            for (int i = 0; replies.get() < total; i++) {
                RoutingMap next = worker.map()
                        .slots(0, owners[i % 2])
                        .slots(8192, owners[i / 2 % 2])
                        .worker("unrelated", 1 + i % 60_000)
                        .build();
                worker.shards.engineMap = next;
                reach(replies, Math.min(total, replies.get() + 20)); // some are handed on
                worker.shards.routing = next;
                reach(replies, Math.min(total, sent.get() + 1));
            }
        });
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < total; i++) {
                client.send("APPEND", "key" + i % 5 + ":" + i / 100, Character.toString('a' + i % 100 / 5));
                sent.incrementAndGet();
            }
        });
        while (replies.get() < total) {
            assertThat(client.reply()).isInstanceOf(Long.class);
            replies.incrementAndGet();
        }
        writer.join();
        mover.join();
        worker.shards.map(worker.map().build());
        for (int i = 0; i < total / 20; i++) {
            assertThat(client.ask("GET", "key" + i % 5 + ":" + i / 5)).isEqualTo("abcdefghijklmnopqrst");
        }
        assertThat(client.ask("INFO", "stats").toString()).doesNotContain("handed_on_requests:0\r\n");
    }

    private static void reach(AtomicInteger counter, int value) {
        while (counter.get() < value) {
            LockSupport.parkNanos(50_000);
        }
    }
}
