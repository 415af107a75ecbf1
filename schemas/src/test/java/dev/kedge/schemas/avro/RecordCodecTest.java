package dev.kedge.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RecordCodecTest {
    public enum Colour {
        RED,
        BLUE
    }

    public record Small(String name, int count) {}

    public record Reordered(int count, String name) {}

    public record Grown(
            String name,
            int count,
            List<Long> more,
            @Nullable Bytes note,
            Colour colour) {}

    public sealed interface Shape {
        record Circle(double radius) implements Shape {}

        record Square(double side) implements Shape {}
    }

    private static final Schema SMALL = SchemaBuilder.record("Small")
            .fields()
            .requiredString("name")
            .requiredInt("count")
            .endRecord();
    private static final Schema REORDERED = SchemaBuilder.record("Reordered")
            .fields()
            .requiredString("name")
            .requiredInt("count")
            .endRecord();

    private static Schema grown(String... colours) {
        return SchemaBuilder.record("Grown")
                .aliases("Small")
                .fields()
                .requiredString("name")
                .requiredInt("count")
                .name("more")
                .type()
                .array()
                .items()
                .longType()
                .arrayDefault(List.of(4L, 5L))
                .name("note")
                .type()
                .unionOf()
                .nullType()
                .and()
                .bytesType()
                .endUnion()
                .nullDefault()
                .name("colour")
                .type(SchemaBuilder.enumeration("Colour").defaultSymbol("BLUE").symbols(colours))
                .withDefault("RED")
                .endRecord();
    }

    @Test
    void fields_go_by_name_whatever_their_order_in_java() {
        RecordCodec<Reordered> codec = RecordCodec.of(Reordered.class, REORDERED);

        byte[] bytes = codec.encode(new Reordered(3, "ab"));

        assertThat(Bytes.wrap(bytes).toHex()).isEqualTo("04616206");
        assertThat(codec.reader(REORDERED).decode(bytes, 0)).isEqualTo(new Reordered(3, "ab"));
    }

    @Test
    void a_new_version_with_defaults_reads_what_the_old_one_wrote() {
        byte[] old = RecordCodec.of(Small.class, SMALL).encode(new Small("ab", 3));
        RecordCodec<Grown> codec = RecordCodec.of(Grown.class, grown("RED", "BLUE"));

        assertThat(codec.reader(SMALL).decode(old, 0)).isEqualTo(new Grown("ab", 3, List.of(4L, 5L), null, Colour.RED));
    }

    @Test
    void an_old_version_reads_what_a_new_one_wrote_leaving_out_what_it_does_not_know() {
        byte[] written = RecordCodec.of(Grown.class, grown("BLUE", "RED"))
                .encode(new Grown("ab", 3, List.of(1L), Bytes.utf8("x"), Colour.BLUE));

        assertThat(RecordCodec.of(Small.class, SMALL)
                        .reader(grown("BLUE", "RED"))
                        .decode(written, 0))
                .isEqualTo(new Small("ab", 3));
    }

    @Test
    void symbols_go_by_name_and_unknown_ones_become_the_default() {
        Schema wider = grown("GREEN", "BLUE", "RED");
        byte[] red = {4, 'a', 'b', 6, 0, 0, 4};
        byte[] green = {4, 'a', 'b', 6, 0, 0, 0};
        RecordCodec.Reader<Grown> reader =
                RecordCodec.of(Grown.class, grown("RED", "BLUE")).reader(wider);

        assertThat(reader.decode(red, 0).colour()).isEqualTo(Colour.RED);
        assertThat(reader.decode(green, 0).colour()).isEqualTo(Colour.BLUE);
    }

    @Test
    void a_branch_this_build_does_not_know_is_an_error_and_the_reader_goes_on() {
        Schema known = union("Circle", "Square");
        Schema newer = union("Triangle", "Circle", "Square");
        RecordCodec.Reader<Shape> reader = RecordCodec.of(Shape.class, known).reader(newer);
        byte[] side = {0, 0, 0, 0, 0, 0, 0, 0x40};

        assertThatThrownBy(() -> reader.decode(concat(0, side), 0))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("Shape");
        assertThat(reader.decode(concat(4, side), 0)).isEqualTo(new Shape.Square(2));
    }

    @Test
    void cut_off_damaged_and_surplus_bytes_are_errors() {
        RecordCodec<CommandEnvelope> codec = RecordCodec.of(CommandEnvelope.class, Schemas.COMMAND);
        RecordCodec.Reader<CommandEnvelope> reader = codec.reader(Schemas.COMMAND);
        byte[] bytes = codec.encode(new CommandEnvelope("alice", 1, new Command.PauseMigration("m-1")));

        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> reader.decode(cut, 0)).isInstanceOf(DecodingException.class);
        }
        assertThatThrownBy(() -> reader.decode(Arrays.copyOf(bytes, bytes.length + 1), 0))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("bytes follow");
        byte[] damaged = bytes.clone();
        damaged[0] = (byte) 0xff;
        assertThatThrownBy(() -> reader.decode(damaged, 0)).isInstanceOf(DecodingException.class);
        assertThat(reader.decode(bytes, 0).principal()).isEqualTo("alice");
    }

    @Test
    void null_where_none_may_be_is_refused_by_name() {
        RecordCodec<Small> codec = RecordCodec.of(Small.class, SMALL);

        assertThatThrownBy(() -> codec.encode(new Small(null, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Small.name is null");
    }

    @Test
    void java_and_schema_must_have_the_same_fields_types_names_and_nulls() {
        assertMismatch(Small.class, record("Small", "name", "string"), "fields only in Java [count]");
        assertMismatch(
                Small.class,
                record("Small", "name", "string", "count", "int", "size", "int"),
                "only in the schema [size]");
        assertMismatch(
                Small.class,
                record("Small", "name", "string", "count", "long"),
                "Small.count",
                "needs INT",
                "has LONG");
        assertMismatch(Small.class, record("Tiny", "name", "string", "count", "int"), "Java calls it Small", "Tiny");
        assertMismatch(
                Grown.class, grown("RED", "BLUE", "GREEN"), "Grown.colour", "symbols", "only in the schema [GREEN]");
        assertMismatch(Shape.class, union("Circle"), "branches only in Java [Square]");
        Schema nullable = SchemaBuilder.record("Small")
                .fields()
                .optionalString("name")
                .requiredInt("count")
                .endRecord();
        assertMismatch(Small.class, nullable, "Small.name", "needs STRING", "has UNION");
    }

    private static void assertMismatch(Class<?> type, Schema schema, String... parts) {
        assertThatThrownBy(() -> RecordCodec.of(type, schema))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContainingAll(parts);
    }

    private static Schema record(String name, String... fields) {
        SchemaBuilder.FieldAssembler<Schema> record = SchemaBuilder.record(name).fields();
        for (int i = 0; i < fields.length; i += 2) {
            record = record.name(fields[i]).type(fields[i + 1]).noDefault();
        }
        return record.endRecord();
    }

    private static Schema union(String... names) {
        return Schema.createUnion(Arrays.stream(names)
                .map(name -> record(
                        name, name.equals("Circle") ? "radius" : name.equals("Square") ? "side" : "base", "double"))
                .toList());
    }

    private static byte[] concat(int first, byte[] rest) {
        return Bytes.wrap(new byte[] {(byte) first}).concat(Bytes.wrap(rest)).array();
    }
}
