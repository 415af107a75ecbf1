package dev.kedge.schemas.avro;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.ResolvingDecoder;
import org.jspecify.annotations.Nullable;

/** The codecs of lists, enums, nullable values and sealed interfaces. */
final class CompoundCodecs {
    private CompoundCodecs() {}

    record ListCodec(TypeCodec items) implements TypeCodec {
        @Override
        public void write(@Nullable Object value, Encoder out) throws IOException {
            List<?> list = (List<?>) Objects.requireNonNull(value);
            out.writeArrayStart();
            out.setItemCount(list.size());
            for (Object item : list) {
                out.startItem();
                items.write(item, out);
            }
            out.writeArrayEnd();
        }

        @Override
        public Object read(ResolvingDecoder in) throws IOException {
            List<Object> list = new ArrayList<>();
            for (long block = in.readArrayStart(); block > 0; block = in.arrayNext()) {
                for (long i = 0; i < block; i++) {
                    list.add(Objects.requireNonNull(items.read(in)));
                }
            }
            return list;
        }
    }

    /**
     * @param symbols the Java constants in the order of the schema's symbols
     * @param indexes the schema's index of each Java constant
     */
    record EnumCodec(List<Object> symbols, Map<Object, Integer> indexes) implements TypeCodec {
        @Override
        public void write(@Nullable Object value, Encoder out) throws IOException {
            out.writeEnum(Objects.requireNonNull(indexes.get(Objects.requireNonNull(value))));
        }

        @Override
        public Object read(ResolvingDecoder in) throws IOException {
            return symbols.get(in.readEnum());
        }
    }

    /** @param nullBranch index of null in the union */
    record NullableCodec(int nullBranch, TypeCodec codec) implements TypeCodec {
        @Override
        public void write(@Nullable Object value, Encoder out) throws IOException {
            if (value == null) {
                out.writeIndex(nullBranch);
                out.writeNull();
            } else {
                out.writeIndex(1 - nullBranch);
                codec.write(value, out);
            }
        }

        @Override
        public @Nullable Object read(ResolvingDecoder in) throws IOException {
            if (in.readIndex() == nullBranch) {
                in.readNull();
                return null;
            }
            return codec.read(in);
        }
    }

    /** A sealed interface: one branch of the union per record. */
    record SealedCodec(Map<Class<?>, Integer> branches, List<TypeCodec> codecs) implements TypeCodec {
        @Override
        public void write(@Nullable Object value, Encoder out) throws IOException {
            Class<?> type = Objects.requireNonNull(value).getClass();
            int branch = Objects.requireNonNull(branches.get(type));
            out.writeIndex(branch);
            codecs.get(branch).write(value, out);
        }

        @Override
        public @Nullable Object read(ResolvingDecoder in) throws IOException {
            return codecs.get(in.readIndex()).read(in);
        }
    }

    /** A sealed interface that is a message of its own: a record around its union, which costs no byte and can get more fields. */
    record WrappedCodec(TypeCodec union) implements TypeCodec {
        @Override
        public void write(@Nullable Object value, Encoder out) throws IOException {
            union.write(value, out);
        }

        @Override
        public @Nullable Object read(ResolvingDecoder in) throws IOException {
            Object body = null;
            for (int i = in.readFieldOrder().length; i > 0; i--) {
                body = union.read(in);
            }
            return body;
        }
    }
}
