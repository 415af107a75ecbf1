package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Ports.Lane;
import java.util.Set;
import java.util.function.Consumer;

/** What the parts of a shard engine need of the whole. */
interface Host {
    String shard();

    long epoch();

    long incarnation();

    EngineSettings settings();

    Ports ports();

    default Ports.Store store() {
        return ports().store();
    }

    default long nowNanos() {
        return ports().clock().monotonicNanos();
    }

    Judge judge();

    Duties duties();

    /** Whether the routing map still asks for this replication. */
    default boolean isReplicating(String migration, int attempt) {
        Duties.Duty duty = duties().of(migration);
        if (duty == null) {
            return false;
        }
        MigrationRoute route = duty.migration();
        return route != null && route.attempt() == attempt && duty.isReplicating();
    }

    Pending append(Lane lane, Bytes key, ShardRecord record, Pending.Outcome outcome);

    /** A control key unique in the log. */
    Bytes controlKey(char type);

    /** Writes to the store what has been applied so far. */
    void commit();

    /** Digests a span as it is now, after a {@link #commit}. */
    void digest(Span span, Set<Integer> detailBuckets, Consumer<DigestResult> then);

    /** What this shard's clients waited in the last interval that has ended. */
    Foreground.Window foreground();

    KeptReports kept();

    /** Whether a migration's tablet still stands in the routing map as of {@code version}. */
    default boolean isAt(String migration, long version) {
        Duties.Duty duty = duties().of(migration);
        return duty != null && duty.tablet().version() == version;
    }

    void evicted(Eviction eviction, Duties.Duty duty, long offset);

    /** A range's ownership has changed: requests that waited for it may go on. */
    void ownershipChanged();

    /** Void rows of a span wait to be repaired; imports into it must hold still (R5). */
    boolean repairing(Span span);

    /** How many requests wait for a span. */
    int parked(Span span);

    /** An id for a source that no earlier one has had. */
    long nextSourceId();

    /** The highest source offset of a row that an attempt has brought into the store; -1 before the first. */
    long importReach(String migration, int attempt);
}
