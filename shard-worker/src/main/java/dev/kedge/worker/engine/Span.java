package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.shard.ShardKeys;

/** A half-open, non-empty range of data keys: a range of positions of one keyspace as it lies in logs and stores. */
public record Span(Bytes from, Bytes to) {
    public static Span of(int keyspaceId, KeyRange range) {
        return new Span(ShardKeys.lower(keyspaceId, range), ShardKeys.upper(keyspaceId, range));
    }

    public boolean contains(Bytes key) {
        return from.compareTo(key) <= 0 && key.compareTo(to) < 0;
    }

    public boolean contains(Span other) {
        return from.compareTo(other.from) <= 0 && other.to.compareTo(to) <= 0;
    }

    public boolean overlaps(Span other) {
        return from.compareTo(other.to) < 0 && other.from.compareTo(to) < 0;
    }
}
