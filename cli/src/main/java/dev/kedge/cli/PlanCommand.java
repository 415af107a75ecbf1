package dev.kedge.cli;

import dev.kedge.schemas.command.Policy;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge plan}. */
@Command(
        name = "plan",
        description = {
            "Show what the policies want done now, and what they see and leave alone, each with its reason.",
            "It is worked out here, from the cell's events and the workers' reports, by the control plane's own rules; nothing is"
                    + " changed."
        },
        mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
    @Option(names = "--keyspace", paramLabel = "NAME", description = "Show only what is about this keyspace.")
    @Nullable
    String keyspace;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "What this policy would come to for all keyspaces, instead of those that are set.")
    @Nullable
    Path file;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Policy other = file == null ? null : PolicyFile.read(file);
        try (CellSession session = CellSession.open(cell, output)) {
            if (keyspace != null) {
                session.keyspace(keyspace);
            }
            Observed observed = output.during(
                    "reading reports",
                    waiting -> other == null ? Observed.now(session) : Observed.under(other, session));
            PlanText text =
                    new PlanText(session.state(), observed.plan(), observed.policies(), keyspace, observed.nowMillis());
            if (output.json()) {
                output.print(text.json()
                        .with("nowMillis", observed.nowMillis())
                        .with("heardSinceMillis", observed.sinceMillis() == 0 ? null : observed.sinceMillis()));
                return ExitStatus.OK;
            }
            text.lines(output.palette()).forEach(output::print);
            if (observed.load().isEmpty()) {
                output.print(
                        "no worker reported its load lately, so there is nothing to plan from: do the workers run?");
            }
            return ExitStatus.OK;
        }
    }
}
