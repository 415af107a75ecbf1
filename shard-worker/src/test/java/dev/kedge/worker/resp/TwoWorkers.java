package dev.kedge.worker.resp;

import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.shard.ShardKeys;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Workers w1 and w2 with shards s1 and s2, which own the lower and the upper half of the slots. */
final class TwoWorkers implements AutoCloseable {
    final FakeShards first = new FakeShards();
    final FakeShards second = new FakeShards();
    final RespServer firstServer = new RespServer(RespSettings.of("w1", "0.1.0-test"));
    final RespServer secondServer = new RespServer(RespSettings.of("w2", "0.1.0-test"));
    final int firstPort;
    final int secondPort;

    TwoWorkers() {
        try {
            firstPort = firstServer.start(first);
            secondPort = secondServer.start(second);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        first.host("s1");
        second.host("s2");
        publish(map());
    }

    Maps map() {
        return Maps.empty()
                .keyspace("default", 1, Placement.HASH)
                .worker("w1", firstPort)
                .worker("w2", secondPort)
                .shard("s1", "w1")
                .shard("s2", "w2")
                .slots(0, "s1")
                .slots(8192, "s2");
    }

    private void publish(Maps maps) {
        first.map(maps.build());
        second.map(maps.build());
    }

    /** Moves slots 0 to 4095 to s2 with their rows, in one moment: both shards stand still. */
    void moveQuarter() {
        FakeShards.Shard from = first.shards.get("s1");
        FakeShards.Shard to = second.shards.get("s2");
        from.hold();
        to.hold();
        from.rows.forEach((key, value) -> {
            int slot = Slots.slotOf(ShardKeys.position(key));
            if (slot < 4096) {
                to.rows.put(key, value);
                from.rows.remove(key);
            }
        });
        publish(map().slots(0, "s2").slots(4096, "s1"));
        to.release();
        from.release();
    }

    @Override
    public void close() {
        firstServer.close();
        secondServer.close();
        first.close();
        second.close();
    }
}
