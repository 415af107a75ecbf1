package dev.kedge.cli;

import dev.kedge.orchestrator.model.Shard;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge explain shard}. */
@Command(
        name = "shard",
        description = "A shard's load against its bounds, and what the policies decided and would decide about it.",
        mixinStandardHelpOptions = true)
final class ExplainShard implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "kedge shard list lists them.")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Happenings past = new Happenings();
        try (CellSession session = CellSession.open(cell, output, past::see)) {
            Shard shard = session.shard(id);
            Observed observed = output.during("reading reports", waiting -> Observed.now(session));
            new Explainer(session, observed, past).shard(shard).print(output);
            return ExitStatus.OK;
        }
    }
}
