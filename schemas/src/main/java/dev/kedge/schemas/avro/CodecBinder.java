package dev.kedge.schemas.avro;

import dev.kedge.schemas.avro.CompoundCodecs.EnumCodec;
import dev.kedge.schemas.avro.CompoundCodecs.ListCodec;
import dev.kedge.schemas.avro.CompoundCodecs.NullableCodec;
import dev.kedge.schemas.avro.CompoundCodecs.SealedCodec;
import dev.kedge.schemas.avro.CompoundCodecs.WrappedCodec;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** Builds the codec of a Java type under a schema, or says where the two disagree. */
final class CodecBinder {
    /** The one field of the record that stands for a sealed interface as a message of its own. */
    static final String BODY = "body";

    private CodecBinder() {}

    static TypeCodec bind(Class<?> type, Schema schema) {
        return bind((Type) type, null, schema, type.getSimpleName());
    }

    private static TypeCodec bind(Type type, @Nullable AnnotatedType annotated, Schema schema, String path) {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            require(schema, Schema.Type.ARRAY, path);
            AnnotatedType item = annotated instanceof AnnotatedParameterizedType parameterized
                    ? parameterized.getAnnotatedActualTypeArguments()[0]
                    : null;
            return new ListCodec(bind(list.getActualTypeArguments()[0], item, schema.getElementType(), path + "[]"));
        }
        if (!(type instanceof Class<?> plain)) {
            throw new SchemaMismatchException(path, type + " has no Avro form");
        }
        Scalars.Scalar scalar = Scalars.BY_TYPE.get(plain);
        if (scalar != null) {
            require(schema, scalar.avro(), path);
            return scalar.codec();
        }
        if (plain.isEnum()) {
            return bindEnum(plain, schema, path);
        }
        if (plain.isRecord()) {
            return bindRecord(plain, schema, path);
        }
        if (plain.isSealed()) {
            return bindSealed(plain, schema, path);
        }
        throw new SchemaMismatchException(path, plain.getName() + " has no Avro form");
    }

    private static TypeCodec bindEnum(Class<?> type, Schema schema, String path) {
        require(schema, Schema.Type.ENUM, path);
        requireName(type, schema, path);
        Map<String, Object> constants = new HashMap<>();
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), constant);
        }
        requireSame(new TreeSet<>(constants.keySet()), new TreeSet<>(schema.getEnumSymbols()), "symbols", path);
        List<Object> symbols = new ArrayList<>();
        Map<Object, Integer> indexes = new HashMap<>();
        for (String symbol : schema.getEnumSymbols()) {
            Object constant = Objects.requireNonNull(constants.get(symbol));
            indexes.put(constant, symbols.size());
            symbols.add(constant);
        }
        return new EnumCodec(List.copyOf(symbols), Map.copyOf(indexes));
    }

    private static TypeCodec bindRecord(Class<?> type, Schema schema, String path) {
        require(schema, Schema.Type.RECORD, path);
        requireName(type, schema, path);
        RecordComponent[] components = type.getRecordComponents();
        Map<String, Integer> arguments = new LinkedHashMap<>();
        for (RecordComponent component : components) {
            arguments.put(component.getName(), arguments.size());
        }
        requireSame(
                new TreeSet<>(arguments.keySet()),
                schema.getFields().stream().map(Schema.Field::name).collect(Collectors.toCollection(TreeSet::new)),
                "fields",
                path);
        JavaRecordCodec.Field[] fields = new JavaRecordCodec.Field[components.length];
        for (Schema.Field field : schema.getFields()) {
            int argument = Objects.requireNonNull(arguments.get(field.name()));
            fields[field.pos()] = bindField(components[argument], argument, field.schema(), path + "." + field.name());
        }
        return new JavaRecordCodec(fields, constructor(type, components, path));
    }

    private static JavaRecordCodec.Field bindField(
            RecordComponent component, int argument, Schema schema, String path) {
        boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        TypeCodec codec;
        if (nullable) {
            Integer nullBranch = schema.isUnion() ? schema.getIndexNamed("null") : null;
            if (nullBranch == null || schema.getTypes().size() != 2) {
                throw new SchemaMismatchException(
                        path, "Java has @Nullable, the schema is no union of null and one type");
            }
            Schema present = schema.getTypes().get(1 - nullBranch);
            codec = new NullableCodec(
                    nullBranch, bind(component.getGenericType(), component.getAnnotatedType(), present, path));
        } else {
            codec = bind(component.getGenericType(), component.getAnnotatedType(), schema, path);
        }
        return new JavaRecordCodec.Field(path, argument, accessor(component, path), codec, nullable);
    }

    private static TypeCodec bindSealed(Class<?> type, Schema schema, String path) {
        if (schema.getType() == Schema.Type.RECORD) {
            requireName(type, schema, path);
            Schema.Field body = schema.getField(BODY);
            if (body == null || schema.getFields().size() != 1) {
                throw new SchemaMismatchException(path, "the schema must have exactly one field, '" + BODY + "'");
            }
            return new WrappedCodec(bindSealed(type, body.schema(), path));
        }
        require(schema, Schema.Type.UNION, path);
        List<Schema> union = schema.getTypes();
        Map<String, Class<?>> records = new HashMap<>();
        for (Class<?> record : recordsOf(type, path)) {
            records.put(record.getSimpleName(), record);
        }
        requireSame(
                new TreeSet<>(records.keySet()),
                union.stream().map(Schema::getName).collect(Collectors.toCollection(TreeSet::new)),
                "branches",
                path);
        Map<Class<?>, Integer> branches = new HashMap<>();
        List<TypeCodec> codecs = new ArrayList<>();
        for (Schema branch : union) {
            Class<?> record = Objects.requireNonNull(records.get(branch.getName()));
            branches.put(record, codecs.size());
            codecs.add(bind((Type) record, null, branch, record.getSimpleName()));
        }
        return new SealedCodec(Map.copyOf(branches), List.copyOf(codecs));
    }

    /** All records below a sealed interface. */
    static List<Class<?>> recordsOf(Class<?> sealed, String path) {
        List<Class<?>> records = new ArrayList<>();
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            if (permitted.isRecord()) {
                records.add(permitted);
            } else if (permitted.isSealed()) {
                records.addAll(recordsOf(permitted, path));
            } else {
                throw new SchemaMismatchException(path, permitted.getName() + " is neither a record nor sealed");
            }
        }
        return records;
    }

    private static MethodHandle accessor(RecordComponent component, String path) {
        try {
            return MethodHandles.lookup()
                    .unreflect(component.getAccessor())
                    .asType(MethodType.methodType(Object.class, Object.class));
        } catch (IllegalAccessException e) {
            throw new SchemaMismatchException(path, "the record is not public: " + e.getMessage());
        }
    }

    private static MethodHandle constructor(Class<?> type, RecordComponent[] components, String path) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return MethodHandles.lookup()
                    .findConstructor(type, MethodType.methodType(void.class, types))
                    .asSpreader(Object[].class, types.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new SchemaMismatchException(path, "the canonical constructor cannot be called: " + e.getMessage());
        }
    }

    private static void require(Schema schema, Schema.Type expected, String path) {
        if (schema.getType() != expected) {
            throw new SchemaMismatchException(path, "Java needs " + expected + ", the schema has " + schema.getType());
        }
    }

    private static void requireName(Class<?> type, Schema schema, String path) {
        if (!type.getSimpleName().equals(schema.getName())) {
            throw new SchemaMismatchException(
                    path, "Java calls it " + type.getSimpleName() + ", the schema " + schema.getName());
        }
    }

    private static void requireSame(Set<String> java, Set<String> avro, String what, String path) {
        if (!java.equals(avro)) {
            Set<String> onlyJava = new TreeSet<>(java);
            onlyJava.removeAll(avro);
            Set<String> onlyAvro = new TreeSet<>(avro);
            onlyAvro.removeAll(java);
            throw new SchemaMismatchException(
                    path, what + " only in Java " + onlyJava + ", only in the schema " + onlyAvro);
        }
    }
}
