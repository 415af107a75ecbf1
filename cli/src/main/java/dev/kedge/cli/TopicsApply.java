package dev.kedge.cli;

import dev.kedge.topics.Difference;
import dev.kedge.topics.TopicAdmin;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge topics apply}. */
@Command(
        name = "apply",
        description = "Make missing topics and put settings right. May be repeated.",
        mixinStandardHelpOptions = true)
final class TopicsApply implements Callable<Integer> {
    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    CellTopics topics = new CellTopics();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Option(names = "--dry-run", description = "As plan: show what would be done, and do nothing.")
    boolean dryRun;

    @Override
    public Integer call() {
        if (dryRun) {
            TopicsPlan plan = new TopicsPlan();
            plan.cell = cell;
            plan.topics = topics;
            plan.output = output;
            return plan.call();
        }
        List<Difference> done = output.during("making topics", waiting -> {
            try (TopicAdmin admin = TopicAdmin.open(cell.kafka("cli"))) {
                return topics.planner(admin, cell.cell()).apply(admin);
            }
        });
        if (output.json()) {
            output.print(CellTopics.json(done));
        } else if (done.isEmpty()) {
            output.print("nothing to do: the topics of " + cell.cell().name() + " are as they should be");
        } else {
            done.forEach(difference -> output.print("put right: " + difference.describe()));
        }
        return ExitStatus.OK;
    }
}
