package dev.kedge.worker.resp;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.worker.runtime.ShardDirectory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What all connections of a server share. Thread-safe. */
final class Front {
    private final RespSettings settings;
    private final ShardDirectory shards;
    private final String transport;
    private final CommandTable table;
    private final ServerStats stats;
    private final ScanCursors cursors = new ScanCursors();
    private final RowCounts rowCounts = new RowCounts();
    private final ReplyMemory replyMemory;
    private final String nodeId;
    private volatile int port;
    private volatile @Nullable Cached topology;

    private record Cached(RoutingMap map, @Nullable KeyspaceRoute keyspace, Topology topology) {}

    Front(RespSettings settings, ShardDirectory shards, CommandTable table, ServerStats stats, String transport) {
        this.settings = settings;
        this.replyMemory = new ReplyMemory(settings.limits().maxHeldReplyBytes());
        this.shards = shards;
        this.table = table;
        this.stats = stats;
        this.transport = transport;
        this.nodeId = nodeId(settings.workerId());
        this.port = settings.port();
    }

    /** A Redis Cluster node id: 40 hex digits, the same for the same worker everywhere. */
    static String nodeId(String worker) {
        try {
            byte[] name = Bytes.utf8(worker).array();
            return Bytes.wrap(MessageDigest.getInstance("SHA-1").digest(name)).toHex();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    RespSettings settings() {
        return settings;
    }

    ShardDirectory shards() {
        return shards;
    }

    CommandTable table() {
        return table;
    }

    ServerStats stats() {
        return stats;
    }

    ScanCursors cursors() {
        return cursors;
    }

    RowCounts rowCounts() {
        return rowCounts;
    }

    ReplyMemory replyMemory() {
        return replyMemory;
    }

    String nodeId() {
        return nodeId;
    }

    /** Where this server listens; the configured port before it does. */
    int port() {
        return port;
    }

    void boundTo(int actualPort) {
        port = actualPort;
    }

    /** How sockets are served: epoll or nio. */
    String transport() {
        return transport;
    }

    /** The cluster as CLUSTER tells it. */
    Topology topology(RoutingMap map, @Nullable String selected) {
        KeyspaceRoute keyspace = Keyspaces.slotted(map, selected);
        Cached cached = topology;
        if (cached == null || cached.map != map || !Objects.equals(cached.keyspace, keyspace)) {
            cached = new Cached(map, keyspace, Topology.of(map, keyspace, settings.workerId(), settings.host(), port));
            topology = cached;
        }
        return cached.topology;
    }
}
