package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.topics.Cell;
import dev.kedge.topics.Difference;
import dev.kedge.topics.TopicAdmin;
import dev.kedge.topics.TopicCatalogue;
import dev.kedge.topics.TopicOptions;
import dev.kedge.topics.TopicPlanner;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the topics of a cell are to be. */
final class CellTopics {
    private static final int ENOUGH_COPIES = 3;

    @Option(
            names = "--replication",
            paramLabel = "COPIES",
            description =
                    "Copies of each topic (default: those the cell's topics have; for a new cell 3, or as many as there"
                            + " are brokers if fewer).")
    @Nullable
    Integer replication;

    TopicOptions options(TopicAdmin admin, Cell cell) {
        try {
            return TopicOptions.replicated(copies(admin, cell));
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    /** A cell keeps what it was made with, also while a broker is down. */
    private int copies(TopicAdmin admin, Cell cell) {
        if (replication != null) {
            return replication;
        }
        Integer existing = admin.replicationFactor(cell.events());
        return existing == null ? Math.min(ENOUGH_COPIES, admin.brokers()) : existing;
    }

    TopicPlanner planner(TopicAdmin admin, Cell cell) {
        return new TopicPlanner(new TopicCatalogue(cell, options(admin, cell)));
    }

    List<Difference> differences(CellOptions cell, OutputOptions output) {
        return output.during("looking at the topics", waiting -> {
            try (TopicAdmin admin = TopicAdmin.open(cell.kafka("cli"))) {
                TopicPlanner planner = planner(admin, cell.cell());
                List<Difference> differences = new ArrayList<>(planner.plan(admin));
                differences.addAll(planner.internalTopics(admin));
                return differences;
            }
        });
    }

    static Json.Fields json(List<Difference> differences) {
        return Json.fields()
                .with(
                        "differences",
                        differences.stream()
                                .map(difference -> Json.fields()
                                        .with("topic", difference.topic())
                                        .with("kind", difference.getClass().getSimpleName())
                                        .with("description", difference.describe())
                                        .with("obstacle", difference.obstacle()))
                                .toList());
    }

    static String text(Difference difference) {
        return difference.describe()
                + (difference.obstacle() == null ? "" : "\n    can't be changed: " + difference.obstacle());
    }
}
