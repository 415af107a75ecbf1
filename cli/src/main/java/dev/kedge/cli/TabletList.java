package dev.kedge.cli;

import dev.kedge.orchestrator.model.Keyspace;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kedge tablet list}. */
@Command(name = "list", description = "List tablets with their shards and loads.", mixinStandardHelpOptions = true)
final class TabletList implements Callable<Integer> {
    @Option(names = "--keyspace", paramLabel = "NAME", description = "Only those of this keyspace.")
    @Nullable
    String keyspace;

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            List<Keyspace> keyspaces =
                    keyspace == null ? session.state().keyspaces().values() : List.of(session.keyspace(keyspace));
            TabletRows tablets = TabletRows.of(keyspaces, Loads.read(session));
            if (output.json()) {
                output.print(Json.fields().with("tablets", tablets.json()));
            } else {
                output.print(
                        tablets.rows().isEmpty()
                                ? "no tablets: there is no keyspace yet; kedge keyspace create makes one"
                                : tablets.table(output.palette()));
            }
            return ExitStatus.OK;
        }
    }
}
