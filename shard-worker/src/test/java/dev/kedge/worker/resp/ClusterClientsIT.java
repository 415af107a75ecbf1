package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** The common cluster clients, unmodified, across a change of the map. */
class ClusterClientsIT {
    private static final int KEYS = 2000;

    @ParameterizedTest
    @EnumSource(
            value = RedisProtocol.class,
            names = {"RESP2", "RESP3"})
    void jedis_follows_a_move_under_traffic(RedisProtocol protocol) throws Exception {
        try (TwoWorkers workers = new TwoWorkers();
                RedisClusterClient jedis = RedisClusterClient.builder()
                        .nodes(Set.of(new HostAndPort("127.0.0.1", workers.firstPort)))
                        .clientConfig(DefaultJedisClientConfig.builder()
                                .protocol(protocol)
                                .clientName("jedis-test")
                                .build())
                        .build()) {
            for (int i = 0; i < KEYS; i++) {
                jedis.set("key" + i, "0");
            }
            trafficAcrossAMove(workers, i -> jedis.incr("key" + i));
            assertThat(jedis.get("key1")).isNotEqualTo("0");
            assertThat(jedis.set("new", "x", SetParams.setParams().nx())).isEqualTo("OK");
            assertThat(jedis.set("new", "y", SetParams.setParams().nx())).isNull();
            assertThat(jedis.mget("{new}", "new")).containsExactly(null, "x");
            assertThat(jedis.del("new")).isEqualTo(1);
            assertThat(jedis.getClusterNodes()).hasSize(2);
            assertThat(workers.firstServer.commands()).isPositive();
        }
    }

    @Test
    void jedis_pools_connections_to_one_worker() {
        try (TwoWorkers workers = new TwoWorkers();
                RedisClient jedis = RedisClient.create("127.0.0.1", workers.firstPort)) {
            assertThat(jedis.ping()).isEqualTo("PONG");
            Set<String> keys = new HashSet<>();
            for (int i = 0; i < 500; i++) {
                jedis.mset("{b}" + i, "v", "{b}again" + i, "v");
                keys.add("{b}" + i);
            }
            assertThat(jedis.dbSize()).isEqualTo(1000);
            Set<String> found = new HashSet<>();
            String cursor = ScanParams.SCAN_POINTER_START;
            do {
                ScanResult<String> page =
                        jedis.scan(cursor, new ScanParams().match("{b}[0-9]*").count(50));
                found.addAll(page.getResult());
                cursor = page.getCursor();
            } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
            assertThat(found).isEqualTo(keys);
            assertThatThrownBy(() -> jedis.get("a"))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageContaining("MOVED 15495 127.0.0.1:" + workers.secondPort);
            assertThat(jedis.info("kedge")).contains("worker:w1");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolVersion.class,
            names = {"RESP2", "RESP3"})
    void lettuce_follows_a_move_under_traffic(ProtocolVersion protocol) throws Exception {
        try (TwoWorkers workers = new TwoWorkers();
                io.lettuce.core.cluster.RedisClusterClient client = io.lettuce.core.cluster.RedisClusterClient.create(
                        RedisURI.Builder.redis("127.0.0.1", workers.firstPort)
                                .withClientName("lettuce-test")
                                .build())) {
            client.setOptions(
                    ClusterClientOptions.builder().protocolVersion(protocol).build());
            try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
                var sync = connection.sync();
                List<RedisFuture<String>> pipelined = new ArrayList<>();
                for (int i = 0; i < KEYS; i++) {
                    pipelined.add(connection.async().set("key" + i, "0"));
                }
                for (RedisFuture<String> each : pipelined) {
                    assertThat(each.get(20, TimeUnit.SECONDS)).isEqualTo("OK");
                }
                trafficAcrossAMove(workers, i -> sync.incr("key" + i));
                assertThat(sync.set("new", "x", SetArgs.Builder.nx())).isEqualTo("OK");
                assertThat(sync.set("new", "y", SetArgs.Builder.nx())).isNull();
                assertThat(sync.mget("new", "key1", "absent")).last().isEqualTo(KeyValue.empty("absent"));
                assertThat(sync.dbsize()).isEqualTo(KEYS + 1);
                Set<String> found = new HashSet<>();
                KeyScanCursor<String> cursor = sync.scan(ScanArgs.Builder.limit(100));
                found.addAll(cursor.getKeys());
                while (!cursor.isFinished()) {
                    cursor = sync.scan(cursor, ScanArgs.Builder.limit(100));
                    found.addAll(cursor.getKeys());
                }
                assertThat(found).hasSize(KEYS + 1);
                client.refreshPartitions();
                assertThat(client.getPartitions()).hasSize(2);
                assertThat(sync.clusterInfo()).contains("cluster_state:ok");
            }
        }
    }

    private interface Increment {
        long key(int index);
    }

    /** Every increment counts exactly once, before, while and after a quarter of the slots moves. */
    private static void trafficAcrossAMove(TwoWorkers workers, Increment increment) throws Exception {
        int[] counts = new int[KEYS];
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger done = new AtomicInteger();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        Thread traffic = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 0; !stop.get(); i = (i + 1) % KEYS) {
                    assertThat(increment.key(i)).isEqualTo(++counts[i]);
                    done.incrementAndGet();
                }
            } catch (Throwable e) {
                failed.set(e);
            }
        });
        waitFor(done, 1000, failed);
        workers.moveQuarter();
        waitFor(done, done.get() + KEYS, failed);
        stop.set(true);
        traffic.join();
        assertThat(failed.get()).isNull();
        for (int i = 0; i < KEYS; i++) {
            assertThat(increment.key(i)).isEqualTo(++counts[i]);
        }
    }

    private static void waitFor(AtomicInteger done, int count, AtomicReference<Throwable> failed) {
        await().atMost(60, TimeUnit.SECONDS).until(() -> done.get() >= count || failed.get() != null);
    }
}
