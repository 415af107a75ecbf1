package dev.kedge.schemas.avro;

import dev.kedge.schemas.registry.SchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Turns messages into bytes in Confluent's wire format and back. Writes under this build's schema, reads what was written
 * under any schema of the registry that this build's can read. Asks the registry once per schema id. Thread-safe.
 */
public final class MessageSerde<T> {
    private final RecordCodec<T> codec;
    private final SchemaRegistry registry;
    private final int id;
    private final ConcurrentMap<Integer, RecordCodec.Reader<T>> readers = new ConcurrentHashMap<>();

    /**
     * Registers the codec's schema under its full name (Confluent's RecordNameStrategy: shards have a topic each, and
     * one schema).
     *
     * @throws dev.kedge.schemas.registry.SchemaRegistryException if the registry refuses or does not answer
     */
    MessageSerde(RecordCodec<T> codec, SchemaRegistry registry) {
        this.codec = codec;
        this.registry = registry;
        this.id = registry.register(codec.schema().getFullName(), codec.schema());
    }

    /** The id of the schema messages are written under. */
    public int id() {
        return id;
    }

    public byte[] toBytes(T message) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        WireFormat.putPrefix(out, id);
        codec.encode(message, out);
        return out.toByteArray();
    }

    /**
     * @throws DecodingException if the bytes are not a message of this kind
     * @throws dev.kedge.schemas.registry.UnknownSchemaException if the registry does not have their schema
     * @throws dev.kedge.schemas.registry.SchemaRegistryUnreachable if the registry has to be asked and does not answer
     */
    public T fromBytes(byte[] bytes) {
        return reader(WireFormat.id(bytes, codec.name())).decode(bytes, WireFormat.PREFIX_LENGTH);
    }

    private RecordCodec.Reader<T> reader(int writerId) {
        RecordCodec.Reader<T> known = readers.get(writerId);
        if (known != null) {
            return known;
        }
        // Asked outside of the map's lock: a slow registry must not hold up readers of other ids.
        RecordCodec.Reader<T> reader = codec.reader(registry.byId(writerId));
        RecordCodec.Reader<T> raced = readers.putIfAbsent(writerId, reader);
        return raced == null ? reader : raced;
    }
}
