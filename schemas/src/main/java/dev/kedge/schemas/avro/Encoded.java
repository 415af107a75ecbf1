package dev.kedge.schemas.avro;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a shard record is in Kafka, besides its key: a value, or no value (a tombstone, which compaction understands) and a
 * header.
 */
public record Encoded(byte @Nullable [] value, List<Header> headers) {
    /** One header; {@code value} must not be changed. */
    public record Header(String name, byte[] value) {}
}
