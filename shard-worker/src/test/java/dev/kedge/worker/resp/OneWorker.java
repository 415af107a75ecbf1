package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.worker.resp.RespSettings.Limits;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;

/** One with maps for shards. Counts every buffer: closing fails if one leaked. */
final class OneWorker implements Serving {
    final FakeShards shards = new FakeShards();
    final FakeShards.Shard s1 = shards.host("s1");
    final FakeShards.Shard s2 = shards.host("s2");
    final RespServer server;
    final int port;
    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);

    static {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }

    OneWorker() {
        this(RespSettings.of("w1", "0.1.0-test"));
    }

    OneWorker(Limits limits) {
        this(RespSettings.of("w1", "0.1.0-test").withLimits(limits));
    }

    OneWorker(RespSettings settings) {
        server = new RespServer(settings, buffers);
        try {
            port = server.start(shards);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        shards.map(map().build());
    }

    Maps map() {
        return Maps.empty()
                .keyspace("default", 1, Placement.HASH)
                .keyspace("ordered", 2, Placement.RANGE)
                .worker("w1", port)
                .shard("s1", "w1")
                .shard("s2", "w1")
                .slots(0, "s1")
                .slots(8192, "s2")
                .tablet("ordered", Bytes.EMPTY, "s1", null)
                .tablet("ordered", Bytes.utf8("m"), "s2", null);
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public int maxValueBytes() {
        return FakeShards.MAX_VALUE_BYTES;
    }

    @Override
    public void clear() {
        s1.rows.clear();
        s2.rows.clear();
    }

    /** Into both shards: rows that are not a shard's own must not be seen. */
    @Override
    public void put(KeyspaceRoute keyspace, Collection<String> keys) {
        for (String key : keys) {
            Bytes row = ShardKeys.data(keyspace.id(), keyspace.placement().position(Bytes.utf8(key)));
            s1.rows.put(row, Bytes.EMPTY);
            s2.rows.put(row, Bytes.EMPTY);
        }
    }

    @Override
    public void close() {
        server.close();
        shards.close();
        assertThat(server.connections()).isZero();
        await().untilAsserted(() -> {
            assertThat(buffers.metric().usedDirectMemory())
                    .as("direct bytes leaked")
                    .isZero();
            assertThat(buffers.metric().usedHeapMemory())
                    .as("heap bytes leaked")
                    .isZero();
        });
    }
}
