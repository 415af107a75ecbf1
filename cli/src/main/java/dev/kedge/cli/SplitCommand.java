package dev.kedge.cli;

import dev.kedge.schemas.command.Command.SplitTablet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge split}. */
@Command(
        name = "split",
        description = "Cut a tablet in two, both on the shard it is on. Moves no data.",
        mixinStandardHelpOptions = true)
final class SplitCommand implements Callable<Integer> {
    @Option(
            names = "--keyspace",
            defaultValue = "default",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})")
    String keyspace = "";

    @Option(
            names = "--at",
            required = true,
            paramLabel = "BOUND",
            description = "Where the second part starts: a slot (HASH) or a key (RANGE: " + KeyText.SYNTAX + ").")
    String at = "";

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            var bound = RangeText.start(session.keyspace(keyspace).placement(), at);
            submission.submit(session, output, new SplitTablet(keyspace, bound), null);
            return ExitStatus.OK;
        }
    }
}
