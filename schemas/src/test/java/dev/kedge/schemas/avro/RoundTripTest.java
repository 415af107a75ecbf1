package dev.kedge.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.shard.ShardRecord;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of message survives the way to bytes and back, and any Avro library reads those bytes. */
final class RoundTripTest {
    private record Kind<T>(Class<T> type, Schema schema, List<? extends T> samples) {}

    private static final List<Kind<?>> KINDS = List.of(
            new Kind<>(CommandEnvelope.class, Schemas.COMMAND, Samples.commandEnvelopes()),
            new Kind<>(EventEnvelope.class, Schemas.EVENT, Samples.eventEnvelopes()),
            new Kind<>(Report.class, Schemas.REPORT, Samples.REPORTS),
            new Kind<>(RoutingRecord.class, Schemas.ROUTING, Samples.ROUTING),
            new Kind<>(ShardRecord.class, Schemas.SHARD, Samples.SHARD_RECORDS));

    static Stream<Arguments> messages() {
        return KINDS.stream().flatMap(RoundTripTest::messages);
    }

    private static <T> Stream<Arguments> messages(Kind<T> kind) {
        RecordCodec<T> codec = RecordCodec.of(kind.type, kind.schema);
        return kind.samples.stream().map(sample -> Arguments.of(codec, sample));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("messages")
    <T> void a_message_reads_back_as_it_was_written(RecordCodec<T> codec, T message) {
        T read = codec.reader(codec.schema()).decode(codec.encode(message), 0);

        assertThat(read).isInstanceOf(message.getClass());
        assertThat(read).usingRecursiveComparison().isEqualTo(message);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("messages")
    <T> void any_avro_library_reads_and_writes_the_same_bytes(RecordCodec<T> codec, T message) throws Exception {
        byte[] bytes = codec.encode(message);

        GenericRecord generic = new GenericDatumReader<GenericRecord>(codec.schema())
                .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
        java.io.ByteArrayOutputStream again = new java.io.ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(again, null);
        new GenericDatumWriter<GenericRecord>(codec.schema()).write(generic, encoder);
        encoder.flush();

        assertThat(again.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void every_kind_of_message_has_a_sample() {
        assertThat(typesOf(Samples.COMMANDS)).containsExactlyInAnyOrderElementsOf(kindsOf(Command.class));
        assertThat(typesOf(Samples.EVENTS)).containsExactlyInAnyOrderElementsOf(kindsOf(Event.class));
        assertThat(typesOf(Samples.REPORTS)).containsExactlyInAnyOrderElementsOf(kindsOf(Report.class));
        assertThat(typesOf(Samples.ROUTING)).containsExactlyInAnyOrderElementsOf(kindsOf(RoutingRecord.class));
        assertThat(typesOf(Samples.SHARD_RECORDS)).containsExactlyInAnyOrderElementsOf(kindsOf(ShardRecord.class));
    }

    private static Collection<Class<?>> typesOf(List<?> samples) {
        return samples.stream().map(Object::getClass).collect(Collectors.toSet());
    }

    private static Collection<Class<?>> kindsOf(Class<?> sealed) {
        return CodecBinder.recordsOf(sealed, sealed.getSimpleName());
    }
}
