package dev.kedge.schemas.avro;

import java.io.IOException;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.ResolvingDecoder;
import org.jspecify.annotations.Nullable;

/** Writes and reads the values of one Java type under one Avro type. Thread-safe. */
interface TypeCodec {
    /** @throws IllegalArgumentException if {@code value} is null and the schema has no place for that */
    void write(@Nullable Object value, Encoder out) throws IOException;

    @Nullable
    Object read(ResolvingDecoder in) throws IOException;
}
