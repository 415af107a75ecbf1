package dev.kedge.schemas.avro;

import org.jspecify.annotations.Nullable;

/** The headers of a Kafka record, by name. */
@FunctionalInterface
public interface HeaderLookup {
    /** For records known to have no header that matters. */
    HeaderLookup NONE = name -> null;

    /** The value of the last header of that name, or null. */
    byte @Nullable [] last(String name);
}
