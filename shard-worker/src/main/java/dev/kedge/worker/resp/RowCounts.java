package dev.kedge.worker.resp;

import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.runtime.ShardDirectory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Rows per keyspace for INFO, as of a little while ago. Clients send INFO as a health check, so it must answer at once, while
 * counting goes through every row. Thread-safe.
 */
final class RowCounts {
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(60);

    private volatile Map<String, Long> last = Map.of();
    private @Nullable Counting current;
    private long startedNanos;

    /** The last counts, none before the first; sets off a new count if they are old. */
    Map<String, Long> recent(ShardDirectory shards, RoutingMap map) {
        refresh(shards, map, System.nanoTime());
        return last;
    }

    private synchronized void refresh(ShardDirectory shards, RoutingMap map, long nowNanos) {
        long age = nowNanos - startedNanos;
        boolean due = current == null || age > (current.ended() ? FRESH_NANOS : GIVE_UP_NANOS);
        List<KeyspaceRoute> keyspaces = map.keyspaces();
        List<String> hosted = List.copyOf(shards.hosted());
        if (due && !keyspaces.isEmpty() && !hosted.isEmpty()) {
            startedNanos = nowNanos;
            current = new Counting(keyspaces, hosted.size());
            current.ask(shards, hosted, nowNanos);
        }
    }

    private final class Counting {
        private final List<KeyspaceRoute> keyspaces;
        private final AtomicLongArray rows;
        private final AtomicInteger missing;
        private final AtomicBoolean failed = new AtomicBoolean();

        Counting(List<KeyspaceRoute> keyspaces, int shards) {
            this.keyspaces = keyspaces;
            this.rows = new AtomicLongArray(keyspaces.size());
            this.missing = new AtomicInteger(keyspaces.size() * shards);
        }

        void ask(ShardDirectory shards, List<String> hosted, long nowNanos) {
            for (int i = 0; i < keyspaces.size(); i++) {
                int index = i;
                for (String shard : hosted) {
                    Request.ReplySink take = reply -> take(index, reply);
                    if (!shards.submit(
                            shard, new Request(KeyspaceCommands.count(keyspaces.get(i)), nowNanos, false, take))) {
                        failed.set(true); // too busy to count: the next INFO tries again
                        return;
                    }
                }
            }
        }

        boolean ended() {
            return failed.get() || missing.get() == 0;
        }

        private void take(int keyspace, Reply reply) {
            if (reply instanceof Reply.Int number) {
                rows.addAndGet(keyspace, number.value());
            } else {
                failed.set(true);
            }
            if (missing.decrementAndGet() == 0 && !failed.get()) {
                Map<String, Long> counted = new HashMap<>();
                for (int i = 0; i < keyspaces.size(); i++) {
                    counted.put(keyspaces.get(i).keyspace(), rows.get(i));
                }
                last = Map.copyOf(counted);
            }
        }
    }
}
