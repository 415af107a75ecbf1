package dev.kedge.system;

import dev.kedge.orchestrator.streams.Orchestrator;
import dev.kedge.orchestrator.streams.OrchestratorSettings;
import dev.kedge.schemas.avro.KedgeSerdes;
import dev.kedge.topics.Cell;
import java.nio.file.Path;
import java.time.Duration;

/** A control plane as a process: cell, Kafka, data directory. Says so when it decides; ends in good order with its input. */
final class OrchestratorMain {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private OrchestratorMain() {}

    public static void main(String[] args) throws Exception {
        Orchestrator orchestrator = new Orchestrator(
                OrchestratorSettings.of(args[1], new Cell(args[0]), Path.of(args[2])), KedgeSerdes.bundled());
        orchestrator.start();
        if (!orchestrator.awaitDeciding(PATIENCE)) {
            throw new IllegalStateException("does not decide after " + PATIENCE);
        }
        ChildJvm.ready("deciding");
        ChildJvm.awaitEndOfInput();
        orchestrator.close();
        System.exit(0);
    }
}
