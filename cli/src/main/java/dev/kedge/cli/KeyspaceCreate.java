package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command.CreateKeyspace;
import dev.kedge.schemas.command.Command.InitialTablet;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge keyspace create}. */
@Command(
        name = "create",
        description = "Create a keyspace on shards that exist.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "kedge keyspace create users --shards shard-1,shard-2",
            "kedge keyspace create ring --shards a,b,c --vnodes 64",
            "kedge keyspace create names --placement RANGE --shards a,b --split-at m"
        })
final class KeyspaceCreate implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "Lower-case letters, digits, '-' and '_'.")
    String name = "";

    @Option(
            names = "--placement",
            defaultValue = "HASH",
            description = "HASH (Redis Cluster's slots) or RANGE (by the key's bytes) (default: ${DEFAULT-VALUE}).")
    Placement placement = Placement.HASH;

    @Option(
            names = "--shards",
            required = true,
            split = ",",
            paramLabel = "SHARD",
            description = "The shards it starts on, separated by commas.")
    List<String> shards = List.of();

    @ArgGroup
    @Nullable
    Cut cut;

    /** How it is cut into tablets; one for each shard if nothing is said. */
    static final class Cut {
        @Option(names = "--tablets", paramLabel = "N", description = "N tablets for each shard, side by side.")
        @Nullable
        Integer tablets;

        @Option(names = "--vnodes", paramLabel = "N", description = "N tablets for each shard, dealt out in turn.")
        @Nullable
        Integer vnodes;

        @Option(
                names = "--split-at",
                split = ",",
                paramLabel = "BOUND",
                description = "Tablets cut at these slots (HASH) or keys (RANGE: " + KeyText.SYNTAX
                        + "), spread evenly over the shards in their order.")
        @Nullable
        List<String> splitAt;
    }

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        List<InitialTablet> tablets = layout();
        try (CellSession session = CellSession.open(cell, output)) {
            submission.submit(session, output, new CreateKeyspace(name, placement, tablets), null);
            return ExitStatus.OK;
        }
    }

    private List<InitialTablet> layout() {
        Cut given = cut == null ? new Cut() : cut;
        if (given.splitAt != null) {
            return InitialLayout.splitAt(placement, shards, given.splitAt);
        }
        if (placement == Placement.RANGE) {
            if (shards.size() == 1 && given.tablets == null && given.vnodes == null) {
                return List.of(new InitialTablet(Bytes.EMPTY, shards.get(0)));
            }
            throw new BadInput("how keys are spread over a RANGE keyspace is not known here: say where to cut it with"
                    + " --split-at, or begin with one shard and split later");
        }
        return given.vnodes != null
                ? InitialLayout.vnodes(shards, given.vnodes)
                : InitialLayout.blocks(shards, given.tablets == null ? 1 : given.tablets);
    }
}
