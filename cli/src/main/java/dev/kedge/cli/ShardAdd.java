package dev.kedge.cli;

import dev.kedge.cli.CommandException.Failed;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Command.AddShard;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge shard add}. */
@Command(
        name = "add",
        description = "Add a shard to a worker: make its log, and wait until it is assigned.",
        mixinStandardHelpOptions = true)
final class ShardAdd implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "Lower-case letters, digits, '-' and '_'.")
    String id = "";

    @Option(names = "--worker", required = true, paramLabel = "WORKER", description = "A worker that runs.")
    String worker = "";

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            if (submission
                    .submit(session, output, new AddShard(id, worker), null)
                    .isPresent()) {
                awaitAssigned(session, id, cell.timeout, output);
            }
            return ExitStatus.OK;
        }
    }

    /** Returns when the shard can be given tablets. */
    static void awaitAssigned(CellSession session, String shard, Duration timeout, OutputOptions output) {
        long deadline = System.nanoTime() + timeout.toNanos();
        output.during("waiting for the log of shard " + shard, waiting -> {
            while (!(session.state().shard(shard) instanceof Shard.Assigned)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new Failed(
                            "NOT_READY",
                            "the log of shard " + shard + " was not made within " + Durations.show(timeout.toMillis())
                                    + "; the orchestrator's log says why, and it goes on trying: see kedge shard show "
                                    + shard);
                }
                session.poll(Duration.ofMillis(100));
            }
            return true;
        });
    }
}
