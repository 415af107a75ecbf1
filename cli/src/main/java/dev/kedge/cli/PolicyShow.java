package dev.kedge.cli;

import dev.kedge.orchestrator.model.Steering;
import dev.kedge.schemas.command.Policy;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge policy show}. */
@Command(
        name = "show",
        description = "Show the policy that holds for the cell, or for a keyspace.",
        mixinStandardHelpOptions = true,
        footer = {"", "With --output json it prints what kedge policy set --file reads."})
final class PolicyShow implements Callable<Integer> {
    @Option(names = "--keyspace", paramLabel = "NAME", description = "The policy that holds for this keyspace.")
    @Nullable
    String keyspace;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            if (keyspace != null) {
                session.keyspace(keyspace);
            }
            Steering steering = session.state().steering();
            if (output.json()) {
                output.print(Json.fields()
                        .with("keyspace", keyspace)
                        .with("origin", origin(steering))
                        .with("policy", PolicyField.json(steering.policy(keyspace))));
            } else {
                show(steering);
            }
            return ExitStatus.OK;
        }
    }

    /** Whose policy it is that holds. */
    private String origin(Steering steering) {
        if (keyspace != null && steering.policies().get(keyspace) != null) {
            return "keyspace";
        }
        return steering.cellPolicy() == null ? "default" : "cell";
    }

    private void show(Steering steering) {
        String whose = switch (origin(steering)) {
            case "keyspace" -> "the keyspace's own";
            case "cell" -> keyspace == null ? "set" : "the cell's, the keyspace has none of its own";
            default -> "defaults, nothing was set";
        };
        output.print(output.palette().bold(keyspace == null ? "the cell's policy" : "the policy of " + keyspace) + "  "
                + whose);
        output.print(table(steering.policy(keyspace)).render(output.palette()));
        if (keyspace == null && steering.policies().size() > 0) {
            output.print("keyspaces with a policy of their own: "
                    + String.join(", ", steering.policies().keys()));
        } else if (keyspace != null) {
            output.print(
                    "evaluate-every, imbalance-tolerance, balance-*, churn-bytes-per-hour and the limits are always"
                            + " the cell's");
        }
    }

    private static Table table(Policy policy) {
        Map<String, Object> values = PolicyField.values(policy);
        Table table = new Table("OPTION", "VALUE", "MEANING");
        for (PolicyField field : PolicyField.ALL) {
            Object value = values.get(field.path());
            table.row("--" + field.option(), value == null ? "" : field.show(value), field.description());
        }
        return table;
    }
}
