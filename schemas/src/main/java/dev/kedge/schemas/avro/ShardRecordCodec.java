package dev.kedge.schemas.avro;

import dev.kedge.schemas.registry.SchemaRegistry;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.schemas.shard.ShardRecord.Change;
import dev.kedge.schemas.shard.ShardRecord.Import;
import dev.kedge.schemas.shard.ShardRecord.Restore;
import dev.kedge.schemas.shard.ShardRecord.Row;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Shard records as they stand in a shard's log.
 *
 * <p>A record with a value, and every control record, is the Kafka record's value. A row without a value is a Kafka
 * tombstone, so that compaction treats it as one; the very same bytes then stand in the header {@link #HEADER} instead (R9).
 *
 * <p>Rows pass by the hundred thousand per second, so the three kinds with a value are written and read by hand, into the
 * same bytes as {@link RecordCodec} yields: the schema is checked at construction to be the one this class was written for.
 * What an older or newer build wrote takes the ordinary way. Thread-safe.
 */
public final class ShardRecordCodec {
    /** Header of a tombstone: the record in wire format. */
    public static final String HEADER = "kedge";

    private static final List<String> OPENING = List.of("epoch", "incarnation");
    private static final int VALUE_ABSENT = 0;
    private static final int VALUE_PRESENT = 1;

    private final MessageSerde<ShardRecord> serde;
    private final int change;
    private final int imported;
    private final int restore;

    ShardRecordCodec(RecordCodec<ShardRecord> codec, SchemaRegistry registry) {
        this.serde = new MessageSerde<>(codec, registry);
        Schema union = codec.schema().getField(CodecBinder.BODY).schema();
        this.change = branch(union, Change.class, List.of("value"));
        this.imported = branch(union, Import.class, List.of("migration", "attempt", "sourceOffset", "value"));
        this.restore = branch(union, Restore.class, List.of("value"));
    }

    /** The place of a row's kind in the union. A branch index is one byte up to 63. */
    private static int branch(Schema union, Class<? extends Row> type, List<String> further) {
        List<Schema> branches = union.getTypes();
        for (int i = 0; i < Math.min(64, branches.size()); i++) {
            Schema branch = branches.get(i);
            if (branch.getName().equals(type.getSimpleName())) {
                List<String> fields =
                        branch.getFields().stream().map(Schema.Field::name).toList();
                int split = OPENING.size();
                List<Schema> value = branch.getField("value").schema().getTypes();
                if (fields.subList(0, split).equals(OPENING)
                        && fields.subList(split, fields.size()).equals(further)
                        && value.get(VALUE_ABSENT).getType() == Schema.Type.NULL
                        && value.get(VALUE_PRESENT).getType() == Schema.Type.BYTES) {
                    return i;
                }
            }
        }
        throw new SchemaMismatchException(
                type.getSimpleName(),
                "its fields or their order changed; adapt ShardRecordCodec, which writes them by hand");
    }

    /** @throws IllegalArgumentException if the record lacks something its schema asks for */
    public Encoded encode(ShardRecord record) {
        byte[] bytes = toBytes(record);
        if (record instanceof Row row && row.value() == null) {
            return new Encoded(null, List.of(new Encoded.Header(HEADER, bytes)));
        }
        return new Encoded(bytes, List.of());
    }

    /**
     * @param value the Kafka record's value
     * @throws DecodingException if that is no shard record, also if it is a tombstone Kedge did not write
     * @throws dev.kedge.schemas.registry.SchemaRegistryException if the registry has to be asked and cannot say
     */
    public ShardRecord decode(byte @Nullable [] value, HeaderLookup headers) {
        if (value != null) {
            return fromBytes(value);
        }
        byte[] header = headers.last(HEADER);
        if (header == null) {
            throw new DecodingException("a tombstone without the header '" + HEADER
                    + "' stands in a shard's log: it was written by something other than Kedge");
        }
        ShardRecord record = fromBytes(header);
        if (!(record instanceof Row row) || row.value() != null) {
            throw new DecodingException(
                    "a tombstone's header '" + HEADER + "' holds " + record + ", which is no row without a value");
        }
        return record;
    }

    private byte[] toBytes(ShardRecord record) {
        if (record instanceof Change row) {
            return plainRow(change, row.epoch(), row.incarnation(), row.value());
        }
        if (record instanceof Import row) {
            return importRow(row);
        }
        if (record instanceof Restore row) {
            return plainRow(restore, row.epoch(), row.incarnation(), row.value());
        }
        return serde.toBytes(record);
    }

    private byte[] plainRow(int branch, long epoch, long incarnation, byte @Nullable [] value) {
        int length = RowBytes.lengthOf(epoch) + RowBytes.lengthOf(incarnation) + lengthOfValue(value);
        RowBytes out = begin(branch, length, epoch, incarnation);
        putValue(out, value);
        return out.bytes();
    }

    private byte[] importRow(Import row) {
        byte[] migration = row.migration().getBytes(StandardCharsets.UTF_8);
        int length = RowBytes.lengthOf(row.epoch())
                + RowBytes.lengthOf(row.incarnation())
                + RowBytes.lengthOf(migration)
                + RowBytes.lengthOf(row.attempt())
                + RowBytes.lengthOf(row.sourceOffset())
                + lengthOfValue(row.value());
        RowBytes out = begin(imported, length, row.epoch(), row.incarnation());
        out.putBytes(migration);
        out.putLong(row.attempt());
        out.putLong(row.sourceOffset());
        putValue(out, row.value());
        return out.bytes();
    }

    private RowBytes begin(int branch, int length, long epoch, long incarnation) {
        byte[] bytes = new byte[WireFormat.PREFIX_LENGTH + 1 + length];
        WireFormat.putPrefix(bytes, serde.id());
        RowBytes out = new RowBytes(bytes, WireFormat.PREFIX_LENGTH);
        out.putLong(branch);
        out.putLong(epoch);
        out.putLong(incarnation);
        return out;
    }

    private static int lengthOfValue(byte @Nullable [] value) {
        return value == null ? 1 : 1 + RowBytes.lengthOf(value);
    }

    private static void putValue(RowBytes out, byte @Nullable [] value) {
        if (value == null) {
            out.putLong(VALUE_ABSENT);
        } else {
            out.putLong(VALUE_PRESENT);
            out.putBytes(value);
        }
    }

    private ShardRecord fromBytes(byte[] bytes) {
        int branch = branchOf(bytes);
        if (branch != change && branch != imported && branch != restore) {
            return serde.fromBytes(bytes);
        }
        RowBytes in = new RowBytes(bytes, WireFormat.PREFIX_LENGTH + 1);
        ShardRecord record;
        try {
            record = branch == imported ? readImport(in) : readPlainRow(branch, in);
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new DecodingException("a ShardRecord of " + bytes.length + " bytes is cut off or damaged", e);
        }
        if (!in.isEnd()) {
            throw new DecodingException("bytes follow a ShardRecord of " + bytes.length + " bytes");
        }
        return record;
    }

    /** The kind of record, or -1 if its schema is not this build's. */
    private int branchOf(byte[] bytes) {
        if (WireFormat.id(bytes, "ShardRecord") != serde.id() || bytes.length == WireFormat.PREFIX_LENGTH) {
            return -1;
        }
        byte zigzag = bytes[WireFormat.PREFIX_LENGTH];
        return (zigzag & 0x81) == 0 ? zigzag >>> 1 : -1;
    }

    private ShardRecord readPlainRow(int branch, RowBytes in) {
        long epoch = in.getLong();
        long incarnation = in.getLong();
        byte[] value = readValue(in);
        return branch == change ? new Change(epoch, incarnation, value) : new Restore(epoch, incarnation, value);
    }

    private static ShardRecord readImport(RowBytes in) {
        long epoch = in.getLong();
        long incarnation = in.getLong();
        String migration = in.getString();
        int attempt = in.getInt();
        long sourceOffset = in.getLong();
        return new Import(epoch, incarnation, migration, attempt, sourceOffset, readValue(in));
    }

    private static byte @Nullable [] readValue(RowBytes in) {
        int branch = in.getInt();
        if (branch != VALUE_ABSENT && branch != VALUE_PRESENT) {
            throw new DecodingException("a row's value has the union branch " + branch);
        }
        return branch == VALUE_ABSENT ? null : in.getBytes();
    }
}
