package dev.kedge.worker.resp;

import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import java.util.Collection;

/**
 * A server of worker w1 with two shards: s1 owns the lower half of the slots of the HASH keyspace {@code default} and what is below "m" of the RANGE
 * keyspace {@code ordered}, s2 the rest of both. Here tests say what clients may rely on, whatever stands behind it.
 */
interface Serving extends AutoCloseable {
    int port();

    /** The longest value its shards store. */
    int maxValueBytes();

    /** Removes all rows. */
    void clear();

    /** Stores these keys, with empty values. */
    void put(KeyspaceRoute keyspace, Collection<String> keys);

    default RawClient connect() {
        return new RawClient(port());
    }

    @Override
    void close();
}
