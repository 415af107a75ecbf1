package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.Response;

/** Jedis's cluster client as anybody would use it. */
final class JedisKeys implements Keys, AutoCloseable {
    private static final int CHUNK = 2_000;

    private final RedisClusterClient jedis;

    /** Rows to load, the same every time. */
    static Map<String, String> rows(int count) {
        Map<String, String> rows = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            rows.put("loaded-" + i, "value-" + i);
        }
        return rows;
    }

    JedisKeys(TestCell cell) {
        Set<HostAndPort> hosts = cell.state().shards().values().stream()
                .map(shard -> cell.endpoint(shard.worker()))
                .map(worker -> new HostAndPort(worker.host(), worker.port()))
                .collect(Collectors.toSet());
        jedis = RedisClusterClient.builder().nodes(hosts).build();
    }

    /** Many writes, pipelined. */
    void load(Map<String, String> rows) {
        int n = 0;
        try (AbstractPipeline pipeline = jedis.pipelined()) {
            for (Map.Entry<String, String> row : rows.entrySet()) {
                pipeline.set(row.getKey(), row.getValue());
                if (++n % CHUNK == 0) {
                    pipeline.sync();
                }
            }
            pipeline.sync();
        }
    }

    /** Asserts that these rows are there with these values; reads them pipelined. */
    void assertHolds(Map<String, String> rows) {
        Map<String, Response<String>> found = new LinkedHashMap<>();
        try (AbstractPipeline pipeline = jedis.pipelined()) {
            rows.keySet().forEach(key -> found.put(key, pipeline.get(key)));
            pipeline.sync();
        }
        Map<String, String> values = new LinkedHashMap<>();
        found.forEach((key, value) -> values.put(key, String.valueOf(value.get())));
        assertThat(values).isEqualTo(rows);
    }

    @Override
    public @Nullable String get(String key) {
        return jedis.get(key);
    }

    @Override
    public void set(String key, String value) {
        jedis.set(key, value);
    }

    @Override
    public boolean del(String key) {
        return jedis.del(key) == 1;
    }

    @Override
    public long incr(String key) {
        return jedis.incr(key);
    }

    @Override
    public void close() {
        jedis.close();
    }
}
