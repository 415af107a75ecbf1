package dev.kedge.orchestrator.streams;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.Fenced;
import dev.kedge.orchestrator.model.MigrationState.Fencing;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** The other side of the topics: sends commands and what workers would report, reads events and routing. */
final class ScriptedCell implements AutoCloseable {
    private final Cell topics;
    private final KedgeSerdes serdes;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final CellView view = new CellView();
    private final List<EventEnvelope> events = new ArrayList<>();
    private RoutingMap routing = RoutingMap.EMPTY;
    private Map<String, Phase> leaving = Map.of();
    private final List<String> workers = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService heartbeats = Executors.newSingleThreadScheduledExecutor();

    ScriptedCell(KafkaClients clients, Cell topics, KedgeSerdes serdes) {
        this.topics = topics;
        this.serdes = serdes;
        producer = new KafkaProducer<>(clients.producer("script"));
        consumer = new KafkaConsumer<>(clients.controlConsumer("script"));
        List<TopicPartition> partitions =
                List.of(new TopicPartition(topics.events(), 0), new TopicPartition(topics.routing(), 0));
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        var unused = heartbeats.scheduleWithFixedDelay(
                () -> workers.forEach(this::heartbeat), 300, 300, TimeUnit.MILLISECONDS);
    }

    Cell topics() {
        return topics;
    }

    /** A worker that hosts the shard of its number. */
    void worker(String name) {
        workers.add(name);
        heartbeat(name);
    }

    private void heartbeat(String worker) {
        Report.ShardStatus status = new Report.ShardStatus(
                "s" + worker.substring(1), 1, Report.ShardState.SERVING, null, 1, 1, 1, List.of());
        report(new Report.Heartbeat(worker, 1, "localhost", 7000, 0, List.of(status)));
    }

    /** Returns the command's offset. */
    long command(Command command) {
        return send(topics.commands(), null, serdes.commands().toBytes(new CommandEnvelope("ann", 0, command)));
    }

    void report(Report report) {
        send(topics.reports(), null, serdes.reports().toBytes(report));
    }

    void raw(String topic, byte[] key, byte[] value) {
        send(topic, key, value);
    }

    private long send(String topic, byte[] key, byte[] value) {
        try {
            return producer.send(new ProducerRecord<>(topic, key, value))
                    .get(10, TimeUnit.SECONDS)
                    .offset();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void poll() {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(20))) {
            if (record.topic().equals(topics.events())) {
                EventEnvelope envelope = serdes.events().fromBytes(record.value());
                view.apply(envelope);
                events.add(envelope);
            } else if (record.key().length > 1) {
                RoutingRecord value =
                        record.value() == null ? null : serdes.routing().fromBytes(record.value());
                routing = routing.with(record.offset(), RoutingKey.decode(Bytes.wrap(record.key())), value);
            }
        }
    }

    CellView view() {
        poll();
        return view;
    }

    RoutingMap routing() {
        poll();
        return routing;
    }

    List<EventEnvelope> events() {
        poll();
        return events;
    }

    /** Workers send again what the control plane has not answered; here: what moves the migration out of a phase. */
    void leave(String id, Phase phase) {
        leaving = Map.of(id, phase);
        sendLeaving();
    }

    void repeat() {
        sendLeaving();
    }

    void stopRepeating() {
        leaving = Map.of();
    }

    private void sendLeaving() {
        leaving.forEach((id, phase) -> {
            Migration m = view().state().migration(id);
            if (m != null && m.phase() == phase && m.state() instanceof Active a) {
                reports(m, a).forEach(this::report);
            }
        });
    }

    private List<Report> reports(Migration m, Active a) {
        int attempt = a.leg().attempt();
        Report progress = new Report.ReplicaProgress(m.replica(), m.id(), attempt, 100, 100, 10, 1000, false);
        return switch (m.phase()) {
            case COPYING ->
                List.of(
                        new Report.ReplicaProgress(m.replica(), m.id(), attempt, 0, 5_000, 0, 0, false),
                        new Report.ReplicaProgress(m.replica(), m.id(), attempt, 5_000, 10_000, 10, 1000, false));
            case CATCHING_UP, DUAL_WRITE, ROLLBACK_WINDOW -> List.of(progress);
            case VERIFYING ->
                List.of(
                        progress,
                        new Report.Digest(m.owner(), m.id(), attempt, a.round(), 90, 5, 500, List.of(7L), List.of()),
                        new Report.Digest(m.replica(), m.id(), attempt, a.round(), 90, 5, 500, List.of(7L), List.of()));
            case CUTOVER -> {
                long version = a instanceof Fencing f ? f.version() : a instanceof Fenced f ? f.version() : -1;
                yield List.of(
                        new Report.Fenced(m.replica(), m.id(), attempt, version, 101),
                        new Report.CutoverServed(m.owner(), m.id(), attempt, version, 50, 101, 2_000, 1));
            }
            case CLEANUP -> List.of(new Report.EvictionDone(m.replica(), m.id(), attempt, 200, 5));
            case PLANNED, COMPLETED, ABORTED, ROLLED_BACK -> List.of();
        };
    }

    @Override
    public void close() {
        heartbeats.shutdownNow();
        producer.close();
        consumer.close();
    }
}
