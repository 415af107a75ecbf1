package dev.kedge.cli;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.schemas.command.Command.SetPolicy;
import dev.kedge.schemas.command.Policy;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code kedge policy set}. */
@Command(
        name = "set",
        description = "Change the cell's policy, or a keyspace's own. What is not given stays as it is.",
        mixinStandardHelpOptions = true,
        modelTransformer = PolicyOptions.class,
        footer = {
            "",
            "Amounts of data are decimal: 100g is 100 GB. Shares: 0.2 or 20%%.",
            "",
            "kedge policy set --mode auto --max-bytes 100g --max-qps 10000",
            "kedge policy set --keyspace users --file users.json --dry-run",
            "kedge policy set --keyspace users --default"
        })
final class PolicySet implements Callable<Integer> {
    @Option(
            names = "--keyspace",
            paramLabel = "NAME",
            description = "The policy of this keyspace instead of the cell's.")
    @Nullable
    String keyspace;

    @Option(
            names = {"--file", "--from-file"},
            paramLabel = "FILE",
            description = "Begin with the policy in this file, as kedge policy show --output json prints one.")
    @Nullable
    Path file;

    @Option(
            names = "--default",
            description = "Drop it: then the keyspace has the cell's policy, and the cell the defaults.")
    boolean drop;

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    Submission submission = new Submission();

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        ParseResult parsed = parsed();
        boolean given = file != null || PolicyOptions.isAnyGiven(parsed);
        if (drop && given) {
            throw new BadInput("--default drops the policy, so nothing of it can be set; give either");
        }
        if (!drop && !given) {
            throw new BadInput(
                    "say what to set, for instance --mode auto or --max-qps 5000; kedge policy show shows what"
                            + " holds");
        }
        Policy fromFile = file == null ? null : PolicyFile.read(file);
        try (CellSession session = CellSession.open(cell, output)) {
            if (keyspace != null) {
                session.keyspace(keyspace);
            }
            Steering steering = session.state().steering();
            Policy before = steering.policy(keyspace);
            Policy policy = drop ? null : PolicyOptions.over(fromFile == null ? before : fromFile, parsed);
            submission.submit(session, output, new SetPolicy(keyspace, policy), null);
            if (!output.json()) {
                showChanges(before, policy == null ? afterDrop(steering) : policy);
            }
            return ExitStatus.OK;
        }
    }

    private Policy afterDrop(Steering steering) {
        return keyspace == null ? Policy.DEFAULTS : steering.policy(null);
    }

    private void showChanges(Policy before, Policy after) {
        Map<String, Object> was = PolicyField.values(before);
        Map<String, Object> is = PolicyField.values(after);
        for (PolicyField field : PolicyField.ALL) {
            Object old = was.get(field.path());
            Object now = is.get(field.path());
            if (old != null && now != null && !old.equals(now)) {
                output.print("  " + field.option() + " " + field.show(old) + " -> " + field.show(now));
            }
        }
    }

    private ParseResult parsed() {
        if (spec == null) {
            throw new IllegalStateException("used before the command line was parsed");
        }
        return spec.commandLine().getParseResult();
    }
}
