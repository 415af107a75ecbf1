package dev.kedge.system;

import dev.kedge.model.Bytes;
import dev.kedge.router.ClientSettings;
import dev.kedge.router.KedgeClient;
import dev.kedge.router.KeyspaceClient;
import dev.kedge.router.OperationObserver;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Kedge's own client: it says when an outcome is unknown, so histories may go on across killed workers. */
final class KedgeKeys implements Keys, AutoCloseable {
    private final KedgeClient client;
    private final KeyspaceClient keys;

    KedgeKeys(TestCell cell) {
        this(cell, TestCell.KEYSPACE);
    }

    KedgeKeys(TestCell cell, String keyspace) {
        client = new KedgeClient(
                cell.routing(), ClientSettings.DEFAULTS.withDeadline(Duration.ofSeconds(45)), OperationObserver.NONE);
        keys = client.keyspace(keyspace);
    }

    @Override
    public @Nullable String get(String key) {
        return keys.get(key);
    }

    @Override
    public void set(String key, String value) {
        keys.set(key, value);
    }

    @Override
    public boolean del(String key) {
        return keys.del(key);
    }

    @Override
    public long incr(String key) {
        return keys.incrBy(Bytes.utf8(key), 1);
    }

    @Override
    public void close() {
        client.close();
    }
}
