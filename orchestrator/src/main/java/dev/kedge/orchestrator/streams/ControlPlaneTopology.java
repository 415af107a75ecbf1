package dev.kedge.orchestrator.streams;

import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.topics.Cell;
import dev.kedge.topics.TopicCatalogue;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/** One processor over commands, reports and its own routing records: one partition each, so one task and one total order. */
final class ControlPlaneTopology {
    private static final String INPUTS = "inputs";
    private static final String CONTROL_PLANE = "control-plane";

    private ControlPlaneTopology() {}

    static Topology build(Decider decider, KedgeSerdes serdes, Cell topics, Consumer<CellState> observer) {
        return build(decider, serdes, topics, observer, Stores.persistentKeyValueStore(EventStore.NAME));
    }

    /** @param store holds the events, under {@link EventStore#NAME}; backed by a changelog topic */
    static Topology build(
            Decider decider,
            KedgeSerdes serdes,
            Cell topics,
            Consumer<CellState> observer,
            KeyValueBytesStoreSupplier store) {
        Topology topology = new Topology();
        topology.addSource(
                INPUTS,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topics.commands(),
                topics.reports(),
                topics.routing());
        topology.addProcessor(
                CONTROL_PLANE, () -> new ControlPlaneProcessor(decider, serdes, topics, observer), INPUTS);
        topology.addStateStore(
                Stores.keyValueStoreBuilder(store, Serdes.Bytes(), Serdes.ByteArray())
                        .withLoggingEnabled(Map.of(
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(TopicCatalogue.MAX_MESSAGE_BYTES)))
                        .withCachingDisabled(),
                CONTROL_PLANE);
        topology.addSink(
                ControlPlaneProcessor.EVENTS,
                topics.events(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                CONTROL_PLANE);
        topology.addSink(
                ControlPlaneProcessor.ROUTING,
                topics.routing(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                CONTROL_PLANE);
        return topology;
    }
}
