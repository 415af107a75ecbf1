package dev.kedge.orchestrator.streams;

import dev.kedge.orchestrator.decide.ControlPlane;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.topics.Cell;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shell around {@link ControlPlane}: reads an input, stores and emits what follows from it, all in the transaction that consumes the
 * input. {@link #init} folds the state anew, also after an aborted transaction, so memory never runs ahead of what is committed.
 */
final class ControlPlaneProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String EVENTS = "events";
    static final String ROUTING = "routing";

    private static final Logger LOG = LoggerFactory.getLogger(ControlPlaneProcessor.class);
    private static final Duration TICK = Duration.ofMillis(100);

    private final Decider decider;
    private final KedgeSerdes serdes;
    private final InputReader reader;
    private final Consumer<CellState> observer;

    private final RecordAges ages;

    private @Nullable Running running;

    /** What exists between {@link #init} and {@link #close}. */
    private record Running(ProcessorContext<byte[], byte[]> context, EventStore store) {}

    private ControlPlane plane;

    /** @param observer told of every new state, from the task's thread, before it is committed */
    ControlPlaneProcessor(Decider decider, KedgeSerdes serdes, Cell topics, Consumer<CellState> observer) {
        this.decider = decider;
        this.serdes = serdes;
        this.reader = new InputReader(topics, serdes);
        this.observer = observer;
        this.ages = new RecordAges(topics.reports(), decider.settings().progressTimeoutMillis());
        this.plane = ControlPlane.of(decider, CellState.EMPTY);
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        KeyValueStore<Bytes, byte[]> store = context.getStateStore(EventStore.NAME);
        EventStore events = new EventStore(store, serdes.events());
        CellState state = events.fold();
        plane = ControlPlane.of(decider, state);
        running = new Running(context, events);
        context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, now -> {
            ages.tick(now);
            decide(new Input.TimePassed(now));
        });
        LOG.info(
                "the control plane goes on after {} events: {} keyspaces, {} shards, {} migrations running",
                state.nextSequence(),
                state.keyspaces().size(),
                state.shards().size(),
                state.migrations().size());
        observer.accept(state);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        ProcessorContext<byte[], byte[]> context = running().context();
        RecordMetadata origin = context.recordMetadata().orElseThrow();
        long now = context.currentSystemTimeMs();
        long timeMillis = Math.min(record.timestamp(), now);
        ages.read(origin.topic(), now - timeMillis);
        Input input = reader.read(origin.topic(), origin.offset(), record.key(), record.value(), timeMillis);
        if (input != null) {
            decide(input);
        }
    }

    private void decide(Input input) {
        ControlPlane.Step step = plane.step(input);
        plane = step.next();
        if (step.events().isEmpty()) {
            if (input instanceof Input.CommandReceived c) {
                LOG.warn("the command at offset {} was decided before and is passed over", c.offset());
            }
            return; // no output, no transaction: heartbeats are cheap
        }
        ProcessorContext<byte[], byte[]> context = running().context();
        long now = context.currentSystemTimeMs();
        for (EventEnvelope envelope : step.events()) {
            LOG.info("event {}: {}", envelope.sequence(), envelope.event());
            byte[] encoded = serdes.events().toBytes(envelope);
            running().store().append(envelope, encoded);
            context.forward(record(null, encoded, now), EVENTS);
        }
        for (RoutingChange change : step.routing()) {
            byte[] value = change.record() == null ? null : serdes.routing().toBytes(change.record());
            context.forward(record(change.key().encode().array(), value, now), ROUTING);
        }
        context.commit();
        observer.accept(plane.state());
    }

    @SuppressWarnings("NullAway") // Kafka's Record takes null keys and values, and is not annotated so
    private static Record<byte[], byte[]> record(byte @Nullable [] key, byte @Nullable [] value, long timeMillis) {
        return new Record<>(key, value, timeMillis);
    }

    private Running running() {
        Running now = running;
        if (now == null) {
            throw new IllegalStateException("the processor is not initialized");
        }
        return now;
    }

    @Override
    public void close() {
        running = null;
    }
}
