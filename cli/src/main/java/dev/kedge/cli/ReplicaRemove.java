package dev.kedge.cli;

import dev.kedge.schemas.command.Command.RemoveReadReplica;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge replica remove}. */
@Command(name = "remove", description = "End a read replica and remove its rows.", mixinStandardHelpOptions = true)
final class ReplicaRemove implements Callable<Integer> {
    @Option(
            names = "--keyspace",
            defaultValue = "default",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})")
    String keyspace = "";

    @Option(
            names = "--tablet",
            paramLabel = "BOUND",
            description = "Where the tablet starts: a slot (HASH) or a key (RANGE); left out, it is the first one.")
    @Nullable
    String tablet;

    @Option(names = "--from", required = true, paramLabel = "SHARD", description = "The shard that follows.")
    String from = "";

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            submission.submit(
                    session,
                    output,
                    new RemoveReadReplica(keyspace, ReplicaAdd.start(session, keyspace, tablet), from),
                    null);
            return ExitStatus.OK;
        }
    }
}
