package dev.kedge.cli;

import dev.kedge.schemas.command.Policy;
import java.util.Map;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** An option for each field of a policy, given to a command by {@code modelTransformer}. */
final class PolicyOptions implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec command) {
        for (PolicyField field : PolicyField.ALL) {
            command.addOption(OptionSpec.builder("--" + field.option())
                    .paramLabel(field.label())
                    .type(Object.class)
                    .converters(field::parse)
                    .description(field.description())
                    .order(1_000) // behind those of all commands
                    .build());
        }
        return command;
    }

    static boolean isAnyGiven(ParseResult parsed) {
        return PolicyField.ALL.stream().anyMatch(field -> parsed.hasMatchedOption("--" + field.option()));
    }

    /** {@code base} with what was given. */
    static Policy over(Policy base, ParseResult parsed) {
        Map<String, Object> values = PolicyField.values(base);
        for (PolicyField field : PolicyField.ALL) {
            if (parsed.hasMatchedOption("--" + field.option())) {
                Object given = parsed.matchedOptionValue("--" + field.option(), (Object) null);
                if (given != null) {
                    values.put(field.path(), given);
                }
            }
        }
        return PolicyField.policy(values);
    }
}
