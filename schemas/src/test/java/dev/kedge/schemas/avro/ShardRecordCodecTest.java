package dev.kedge.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.registry.BundledSchemaRegistry;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.schemas.shard.ShardRecord.Change;
import dev.kedge.schemas.shard.ShardRecord.Closed;
import dev.kedge.schemas.shard.ShardRecord.Import;
import dev.kedge.schemas.shard.ShardRecord.Restore;
import dev.kedge.schemas.shard.ShardRecord.Row;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ShardRecordCodecTest {
    private final ShardRecordCodec codec = KedgeSerdes.bundled().shardRecords();
    private final MessageSerde<ShardRecord> generic =
            new MessageSerde<>(RecordCodec.of(ShardRecord.class, Schemas.SHARD), new BundledSchemaRegistry());

    static Stream<ShardRecord> records() {
        Random random = new Random(42);
        return Stream.concat(
                Samples.SHARD_RECORDS.stream(),
                Stream.generate(() -> randomRow(random)).limit(2_000));
    }

    private static ShardRecord randomRow(Random random) {
        long epoch = random.nextLong() >> random.nextInt(64);
        long incarnation = random.nextLong() >> random.nextInt(64);
        byte[] value = random.nextInt(5) == 0 ? null : new byte[random.nextInt(300)];
        if (value != null) {
            random.nextBytes(value);
        }
        return switch (random.nextInt(3)) {
            case 0 -> new Change(epoch, incarnation, value);
            case 1 -> new Restore(epoch, incarnation, value);
            default -> {
                String migration = "é".repeat(random.nextInt(70));
                int attempt = random.nextInt() >> random.nextInt(32);
                yield new Import(epoch, incarnation, migration, attempt, random.nextLong(), value);
            }
        };
    }

    @Test
    void the_hand_written_way_yields_and_reads_the_same_bytes_as_the_generic_one() {
        records().forEach(record -> {
            Encoded encoded = codec.encode(record);
            byte[] bytes = encoded.value() != null
                    ? encoded.value()
                    : encoded.headers().get(0).value();

            assertThat(bytes).as("%s", record).isEqualTo(generic.toBytes(record));
            assertThat(generic.toBytes(decode(encoded))).as("%s", record).isEqualTo(bytes);
        });
    }

    @ParameterizedTest
    @MethodSource("samples")
    void rows_without_a_value_are_tombstones_and_nothing_else_is(ShardRecord record) {
        Encoded encoded = codec.encode(record);

        if (record instanceof Row row && row.value() == null) {
            assertThat(encoded.value()).isNull();
            assertThat(encoded.headers()).extracting(Encoded.Header::name).containsExactly("kedge");
        } else {
            assertThat(encoded.value()).isNotNull();
            assertThat(encoded.headers()).isEmpty();
        }
    }

    static Stream<ShardRecord> samples() {
        return Samples.SHARD_RECORDS.stream();
    }

    @Test
    void cut_off_and_surplus_bytes_are_errors() {
        for (ShardRecord record : Samples.SHARD_RECORDS) {
            byte[] bytes = generic.toBytes(record);
            if (bytes.length > 1000) {
                continue;
            }
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> codec.decode(cut, HeaderLookup.NONE))
                        .as("%s cut to %d bytes", record, length)
                        .isInstanceOf(DecodingException.class);
            }
            assertThatThrownBy(() -> codec.decode(Arrays.copyOf(bytes, bytes.length + 1), HeaderLookup.NONE))
                    .isInstanceOf(DecodingException.class);
        }
    }

    @Test
    void damaged_bytes_never_yield_anything_but_a_record_or_a_decoding_error() {
        byte[] bytes = generic.toBytes(
                new Import(5, 6, "m-1", 1, 99, Bytes.utf8("value").array()));
        for (int at = WireFormat.PREFIX_LENGTH; at < bytes.length; at++) {
            for (int value = 0; value < 256; value++) {
                byte[] damaged = bytes.clone();
                damaged[at] = (byte) value;
                try {
                    assertThat(codec.decode(damaged, HeaderLookup.NONE)).isNotNull();
                } catch (DecodingException e) {
                    assertThat(e).hasMessageNotContaining("null");
                }
            }
        }
    }

    @Test
    void a_tombstone_without_its_header_was_not_written_by_kedge() {
        assertThatThrownBy(() -> codec.decode(null, HeaderLookup.NONE))
                .isInstanceOf(DecodingException.class)
                .hasMessageContaining("without the header 'kedge'");
    }

    @Test
    void a_tombstone_that_claims_to_be_more_than_one_is_an_error() {
        byte[] closed = generic.toBytes(new Closed(1, 2));
        byte[] row = generic.toBytes(new Change(1, 2, new byte[] {1}));

        assertThatThrownBy(() -> codec.decode(null, name -> closed)).isInstanceOf(DecodingException.class);
        assertThatThrownBy(() -> codec.decode(null, name -> row)).isInstanceOf(DecodingException.class);
    }

    private ShardRecord decode(Encoded encoded) {
        return codec.decode(
                encoded.value(),
                name -> encoded.headers().stream()
                        .filter(header -> header.name().equals(name))
                        .map(Encoded.Header::value)
                        .findFirst()
                        .orElse(null));
    }
}
