package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.schemas.command.Command.AddReadReplica;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge replica add}. */
@Command(
        name = "add",
        description = "Let a shard follow a tablet's owner and answer READONLY reads of it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A read that the replica could only answer with something older than --max-staleness is sent to the",
            "owner. Redis Cluster clients that read from replicas find it by themselves once it is complete.",
            "",
            "kedge replica add --keyspace users --tablet 0x1000 --to shard-3 --max-staleness 2s"
        })
final class ReplicaAdd implements Callable<Integer> {
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

    @Option(names = "--to", required = true, paramLabel = "SHARD", description = "The shard that is to follow.")
    String to = "";

    @Option(
            names = "--max-staleness",
            defaultValue = "2s",
            paramLabel = "TIME",
            description = "How old an answer may be (default: ${DEFAULT-VALUE}).")
    Duration maxStaleness = Duration.ZERO;

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if (maxStaleness.toMillis() > Integer.MAX_VALUE) {
            throw new BadInput(
                    "a --max-staleness of " + maxStaleness.toDays() + " days is no bound; give a minute at most");
        }
        try (CellSession session = CellSession.open(cell, output)) {
            Bytes start = start(session, keyspace, tablet);
            submission.submit(
                    session, output, new AddReadReplica(keyspace, start, to, (int) maxStaleness.toMillis()), null);
            return ExitStatus.OK;
        }
    }

    static Bytes start(CellSession session, String keyspace, @Nullable String tablet) {
        var in = session.keyspace(keyspace);
        return tablet == null ? Bytes.EMPTY : RangeText.start(in.placement(), tablet);
    }
}
