package dev.kedge.system;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.streams.Orchestrator;
import dev.kedge.orchestrator.streams.OrchestratorSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.TopicOptions;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A control plane as a process: cell, Kafka, data directory, its name, standbys, replication, patience with workers. Says so when it decides, which a standby does
 * not before it takes over; ends in good order with its input.
 */
final class OrchestratorMain {
    private OrchestratorMain() {}

    public static void main(String[] args) throws Exception {
        Orchestrator orchestrator = new Orchestrator(
                new OrchestratorSettings(
                        new KafkaClients(args[1], args[3]),
                        TopicOptions.replicated(Integer.parseInt(args[5])),
                        ControlPlaneSettings.defaults(args[0]).failingOverAfter(Long.parseLong(args[6]), 60_000),
                        Path.of(args[2]),
                        args[3],
                        Integer.parseInt(args[4])),
                KedgeSerdes.bundled());
        orchestrator.start();
        Thread.ofPlatform().daemon().start(() -> sayWhenDeciding(orchestrator));
        ChildJvm.awaitEndOfInput();
        orchestrator.close();
        System.exit(0);
    }

    private static void sayWhenDeciding(Orchestrator orchestrator) {
        try {
            if (orchestrator.awaitDeciding(Duration.ofDays(1))) {
                ChildJvm.ready("deciding");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
