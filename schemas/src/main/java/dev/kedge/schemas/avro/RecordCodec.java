package dev.kedge.schemas.avro;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.ResolvingDecoder;

/**
 * Maps a message and all that it holds to Avro binary: a record's components to the fields of the same name, a sealed
 * interface to a union of records of the same simple names (a sealed interface that is a message of its own stands in a
 * record with the one field {@code body}). What a message may leave out is {@code @Nullable} in Java and a union with null
 * in the schema.
 *
 * <p>Thread-safe.
 */
public final class RecordCodec<T> {
    private final Class<T> type;
    private final Schema schema;
    private final TypeCodec codec;

    private RecordCodec(Class<T> type, Schema schema) {
        this.type = type;
        this.schema = schema;
        this.codec = CodecBinder.bind(type, schema);
    }

    /** @throws SchemaMismatchException if the type and the schema do not say the same */
    public static <T> RecordCodec<T> of(Class<T> type, Schema schema) {
        return new RecordCodec<>(type, schema);
    }

    public Schema schema() {
        return schema;
    }

    String name() {
        return type.getSimpleName();
    }

    /** @throws IllegalArgumentException if the message lacks something its schema asks for */
    public byte[] encode(T message) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        encode(message, out);
        return out.toByteArray();
    }

    void encode(T message, ByteArrayOutputStream out) {
        try {
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            codec.write(message, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("an output stream in memory failed", e);
        }
    }

    /**
     * A reader of what was written under {@code writer}. Whether that can be read shows at each message: one written by a
     * newer build is readable as long as it says nothing this build does not know.
     */
    public Reader<T> reader(Schema writer) {
        return new Reader<>(this, writer);
    }

    /** Reads messages written under one schema. Thread-safe. */
    public static final class Reader<T> {
        private final RecordCodec<T> codec;
        private final Schema writer;
        // Resolving two schemas costs far more than reading a message; the decoder it yields keeps state while it
        // reads.
        private final ThreadLocal<ResolvingDecoder> decoders;

        private Reader(RecordCodec<T> codec, Schema writer) {
            this.codec = codec;
            this.writer = writer;
            this.decoders = ThreadLocal.withInitial(this::resolve);
            decoders.get();
        }

        private ResolvingDecoder resolve() {
            try {
                return DecoderFactory.get().resolvingDecoder(writer, codec.schema, null);
            } catch (IOException | AvroRuntimeException e) {
                throw new DecodingException(
                        "cannot read " + codec.name() + " as written under " + writer.getFullName(), e);
            }
        }

        /** @throws DecodingException if the bytes from {@code offset} on are not exactly one message */
        public T decode(byte[] bytes, int offset) {
            BinaryDecoder binary = DecoderFactory.get().binaryDecoder(bytes, offset, bytes.length - offset, null);
            ResolvingDecoder decoder = decoders.get();
            Object message;
            try {
                decoder.configure(binary);
                message = codec.codec.read(decoder);
                decoder.drain();
                if (!binary.isEnd()) {
                    throw new DecodingException("bytes follow a " + codec.name() + " of " + bytes.length + " bytes");
                }
            } catch (EOFException e) {
                throw new DecodingException("a " + codec.name() + " of " + bytes.length + " bytes is cut off", e);
            } catch (IOException | AvroRuntimeException | IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new DecodingException(
                        bytes.length + " bytes are no " + codec.name() + " of schema " + writer.getFullName() + ": "
                                + e.getMessage(),
                        e);
            }
            return Objects.requireNonNull(codec.type.cast(message));
        }
    }
}
