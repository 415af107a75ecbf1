package dev.kedge.schemas.avro;

import dev.kedge.model.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.ResolvingDecoder;
import org.jspecify.annotations.Nullable;

/** The codecs of single values, by Java type. */
final class Scalars {
    record Scalar(Schema.Type avro, TypeCodec codec) {}

    static final Map<Class<?>, Scalar> BY_TYPE = Map.of(
            long.class,
                    scalar(Schema.Type.LONG, (value, out) -> out.writeLong((Long) value), ResolvingDecoder::readLong),
            Long.class,
                    scalar(Schema.Type.LONG, (value, out) -> out.writeLong((Long) value), ResolvingDecoder::readLong),
            int.class,
                    scalar(Schema.Type.INT, (value, out) -> out.writeInt((Integer) value), ResolvingDecoder::readInt),
            Integer.class,
                    scalar(Schema.Type.INT, (value, out) -> out.writeInt((Integer) value), ResolvingDecoder::readInt),
            boolean.class,
                    scalar(
                            Schema.Type.BOOLEAN,
                            (value, out) -> out.writeBoolean((Boolean) value),
                            ResolvingDecoder::readBoolean),
            double.class,
                    scalar(
                            Schema.Type.DOUBLE,
                            (value, out) -> out.writeDouble((Double) value),
                            ResolvingDecoder::readDouble),
            String.class,
                    scalar(
                            Schema.Type.STRING,
                            (value, out) -> out.writeString((String) value),
                            ResolvingDecoder::readString),
            Bytes.class,
                    scalar(
                            Schema.Type.BYTES,
                            (value, out) -> out.writeBytes(((Bytes) value).array()),
                            in -> Bytes.wrap(readBytes(in))),
            byte[].class,
                    scalar(Schema.Type.BYTES, (value, out) -> out.writeBytes((byte[]) value), Scalars::readBytes));

    private Scalars() {}

    private static byte[] readBytes(ResolvingDecoder in) throws IOException {
        ByteBuffer buffer = in.readBytes(null);
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @FunctionalInterface
    private interface Write {
        void write(Object value, Encoder out) throws IOException;
    }

    @FunctionalInterface
    private interface Read {
        Object read(ResolvingDecoder in) throws IOException;
    }

    private static Scalar scalar(Schema.Type avro, Write write, Read read) {
        return new Scalar(avro, new TypeCodec() {
            @Override
            public void write(@Nullable Object value, Encoder out) throws IOException {
                write.write(Objects.requireNonNull(value), out);
            }

            @Override
            public Object read(ResolvingDecoder in) throws IOException {
                return read.read(in);
            }
        });
    }
}
