package dev.kedge.orchestrator.streams;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.topics.Cell;
import dev.kedge.topics.KafkaClients;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import java.nio.file.Path;

/**
 * How to run the control plane of one cell.
 *
 * @param kafka where Kafka is and how to reach it
 * @param topics what the operator chose about the cell's topics; the topic behind the state is replicated like them
 * @param controlPlane the cell's name and the policy's constants
 * @param stateDir directory of this instance's copy of the state; may be deleted, it is rebuilt from Kafka
 * @param instance name of this instance, unique among those running: one that comes back under its name goes on at once, one under a new
 *     name waits until Kafka has given the old one up
 * @param standbys instances besides the active one that keep a copy of the state to take over quickly
 */
public record OrchestratorSettings(
        KafkaClients kafka,
        TopicOptions topics,
        ControlPlaneSettings controlPlane,
        Path stateDir,
        String instance,
        int standbys) {

    /** A single instance on a single broker. */
    public static OrchestratorSettings of(String bootstrap, Cell cell, Path stateDir) {
        return new OrchestratorSettings(
                new KafkaClients(bootstrap, "kedge-orchestrator"),
                TopicOptions.replicated(1),
                ControlPlaneSettings.defaults(cell.name()),
                stateDir,
                "orchestrator-1",
                0);
    }

    Cell cell() {
        return new Cell(controlPlane.cell());
    }

    TopicCatalogue catalogue() {
        return new TopicCatalogue(cell(), topics);
    }
}
