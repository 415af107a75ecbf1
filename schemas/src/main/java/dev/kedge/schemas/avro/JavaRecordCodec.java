package dev.kedge.schemas.avro;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.ResolvingDecoder;
import org.jspecify.annotations.Nullable;

/** A Java record as an Avro record of the same fields, in the schema's order. */
final class JavaRecordCodec implements TypeCodec {
    /**
     * One field.
     *
     * @param argument its place among the constructor's arguments
     * @param accessor (Object) Object
     */
    record Field(String path, int argument, MethodHandle accessor, TypeCodec codec, boolean nullable) {}

    private final Field[] fields;
    /** (Object[]) Object. */
    private final MethodHandle constructor;

    JavaRecordCodec(Field[] fields, MethodHandle constructor) {
        this.fields = fields;
        this.constructor = constructor;
    }

    @Override
    public void write(@Nullable Object value, Encoder out) throws IOException {
        for (Field field : fields) {
            Object component = get(field, value);
            if (component == null && !field.nullable) {
                throw new IllegalArgumentException(field.path + " is null, which its schema does not allow");
            }
            field.codec.write(component, out);
        }
    }

    @Override
    public Object read(ResolvingDecoder in) throws IOException {
        @Nullable Object[] arguments = new Object[fields.length];
        // The writer's order, followed by what only the reader's schema has, which the decoder fills in from defaults.
        for (Schema.Field next : in.readFieldOrder()) {
            Field field = fields[next.pos()];
            arguments[field.argument] = field.codec.read(in);
        }
        return construct(arguments);
    }

    private static @Nullable Object get(Field field, @Nullable Object value) {
        try {
            return (Object) field.accessor.invokeExact(value);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AvroRuntimeException("cannot read " + field.path, e);
        }
    }

    private Object construct(@Nullable Object[] arguments) {
        try {
            return (Object) constructor.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AvroRuntimeException("cannot construct " + constructor, e);
        }
    }
}
