package dev.kedge.cli;

import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Tablet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge keyspace list}. */
@Command(name = "list", description = "List the keyspaces.", mixinStandardHelpOptions = true)
final class KeyspaceList implements Callable<Integer> {
    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            List<Keyspace> keyspaces = session.state().keyspaces().values();
            if (output.json()) {
                output.print(Json.fields()
                        .with(
                                "keyspaces",
                                keyspaces.stream().map(KeyspaceList::json).toList()));
                return ExitStatus.OK;
            }
            Table table = new Table("KEYSPACE", "PLACEMENT", "TABLETS", "SHARDS");
            for (Keyspace keyspace : keyspaces) {
                table.row(
                        keyspace.name(),
                        keyspace.placement(),
                        keyspace.tablets().size(),
                        String.join(", ", shards(keyspace)));
            }
            output.print(
                    table.isEmpty()
                            ? "no keyspace yet; kedge keyspace create makes one"
                            : table.render(output.palette()));
            return ExitStatus.OK;
        }
    }

    static List<String> shards(Keyspace keyspace) {
        return keyspace.tablets().values().stream()
                .map(Tablet::shard)
                .distinct()
                .sorted()
                .toList();
    }

    static Json.Fields json(Keyspace keyspace) {
        return Json.fields()
                .with("keyspace", keyspace.name())
                .with("id", keyspace.id())
                .with("placement", keyspace.placement())
                .with("tablets", keyspace.tablets().size())
                .with("shards", shards(keyspace));
    }
}
