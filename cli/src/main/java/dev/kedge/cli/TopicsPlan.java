package dev.kedge.cli;

import dev.kedge.topics.Difference;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge topics plan}. */
@Command(name = "plan", description = "Show what apply would do; change nothing.", mixinStandardHelpOptions = true)
final class TopicsPlan implements Callable<Integer> {
    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    CellTopics topics = new CellTopics();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        List<Difference> differences = topics.differences(cell, output);
        if (output.json()) {
            output.print(CellTopics.json(differences));
        } else if (differences.isEmpty()) {
            output.print("nothing to do: the topics of " + cell.cell().name() + " are as they should be");
        } else {
            differences.forEach(difference -> output.print(CellTopics.text(difference)));
        }
        return ExitStatus.OK;
    }
}
