package dev.kedge.orchestrator.streams;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.schemas.avro.MessageSerde;
import dev.kedge.schemas.event.EventEnvelope;
import java.nio.ByteBuffer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The events decided, by sequence: the only thing the control plane stores (docs/decisions/0006-state-store-holds-events.md). The state is
 * their fold, here as everywhere else (I8).
 */
final class EventStore {
    static final String NAME = "event-log";

    private final KeyValueStore<Bytes, byte[]> store;
    private final MessageSerde<EventEnvelope> serde;

    EventStore(KeyValueStore<Bytes, byte[]> store, MessageSerde<EventEnvelope> serde) {
        this.store = store;
        this.serde = serde;
    }

    /** @throws dev.kedge.orchestrator.model.ImpossibleHistoryException if what is stored is no possible history */
    CellState fold() {
        CellState state = CellState.EMPTY;
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, byte[]> next = all.next();
                state = Evolution.evolve(state, serde.fromBytes(next.value));
            }
        }
        return state;
    }

    void append(EventEnvelope envelope, byte[] encoded) {
        store.put(key(envelope.sequence()), encoded);
    }

    /** Big-endian, so that RocksDB's order is the order of the events. */
    private static Bytes key(long sequence) {
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES).putLong(sequence).array());
    }
}
