package dev.kedge.cli;

import dev.kedge.topics.Difference;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge topics check}. */
@Command(
        name = "check",
        description = "Exit with 0 if all topics are as they should be, else say what is wrong and exit with 1.",
        mixinStandardHelpOptions = true)
final class TopicsCheck implements Callable<Integer> {
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
        } else {
            differences.forEach(difference -> output.print(CellTopics.text(difference)));
            output.print(
                    differences.isEmpty()
                            ? "the topics of " + cell.cell().name() + " are as they should be"
                            : "put right what can be with: kedge topics apply");
        }
        return differences.isEmpty() ? ExitStatus.OK : ExitStatus.FAILURE;
    }
}
