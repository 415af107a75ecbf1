package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;

/**
 * A record as it stands in a shard's log.
 *
 * @param timestampMillis the broker's time of append
 */
public record Logged(long offset, long timestampMillis, Bytes key, ShardRecord record) {}
