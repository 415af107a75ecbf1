package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.Keyspace;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kedge explain tablet}. */
@Command(
        name = "tablet",
        description = "A tablet's load and bounds, and what the policies decided and would decide about it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The tablet is the one that has a key, or a bound:",
            "kedge explain tablet user:17 --keyspace users",
            "kedge explain tablet --at 0x1000 --keyspace users"
        })
final class ExplainTablet implements Callable<Integer> {
    @Parameters(
            paramLabel = "KEY",
            arity = "0..1",
            description = "The tablet that has this key, written as " + KeyText.SYNTAX + ".")
    @Nullable
    String key;

    @Option(
            names = "--at",
            paramLabel = "BOUND",
            description = "Instead of a key: the tablet that has this slot (HASH), or this key (RANGE).")
    @Nullable
    String at;

    @Option(
            names = "--keyspace",
            defaultValue = "default",
            paramLabel = "NAME",
            description = "(default: ${DEFAULT-VALUE})")
    String keyspace = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        if ((key == null) == (at == null)) {
            throw new BadInput("name the tablet by a key of it, or with --at by a bound: for instance --at 0x1000");
        }
        Happenings past = new Happenings();
        try (CellSession session = CellSession.open(cell, output, past::see)) {
            Keyspace in = session.keyspace(keyspace);
            Bytes position = position(in);
            Observed observed = output.during("reading reports", waiting -> Observed.now(session));
            new Explainer(session, observed, past).tablet(in, position).print(output);
            return ExitStatus.OK;
        }
    }

    private Bytes position(Keyspace in) {
        return at != null
                ? RangeText.start(in.placement(), at)
                : in.placement().position(KeyText.parse(key == null ? "" : key));
    }
}
