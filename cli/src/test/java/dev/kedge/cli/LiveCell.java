package dev.kedge.cli;

import dev.kedge.kafka.SharedKafka;
import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.streams.Orchestrator;
import dev.kedge.orchestrator.streams.OrchestratorSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.TopicOptions;
import dev.kedge.worker.resp.RespServer;
import dev.kedge.worker.resp.RespSettings;
import dev.kedge.worker.runtime.Worker;
import dev.kedge.worker.runtime.WorkerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A control plane and two workers in this process, on a real Kafka. */
final class LiveCell implements AutoCloseable {
    private static final Duration NEVER = Duration.ofHours(1);

    private final Orchestrator orchestrator;
    private final List<Worker> workers = new ArrayList<>();

    /** The cell's topics must exist. */
    LiveCell(String cell, Path dir) {
        orchestrator = new Orchestrator(
                new OrchestratorSettings(
                        new KafkaClients(SharedKafka.bootstrap(), "kedge-orchestrator"),
                        TopicOptions.replicated(1),
                        // A worker that is stopped stays what it is, so that what is said of it can be looked at.
                        ControlPlaneSettings.defaults(cell).failingOverAfter(NEVER.toMillis(), NEVER.toMillis()),
                        dir.resolve("orchestrator"),
                        "orchestrator-1",
                        0),
                KedgeSerdes.bundled());
        orchestrator.start();
        for (String id : List.of("worker-1", "worker-2")) {
            workers.add(Worker.start(
                    WorkerSettings.of(
                            id, new Cell(cell), new KafkaClients(SharedKafka.bootstrap(), id), dir.resolve(id)),
                    new RespServer(RespSettings.of(id, "test"))));
        }
    }

    void stopWorker(int index) {
        workers.get(index).close();
    }

    @Override
    public void close() {
        workers.forEach(Worker::close);
        orchestrator.close();
    }
}
