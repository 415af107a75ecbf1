package dev.kedge.cli;

import dev.kedge.orchestrator.model.Keyspace;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge keyspace show}. */
@Command(name = "show", description = "Show a keyspace and its tablets.", mixinStandardHelpOptions = true)
final class KeyspaceShow implements Callable<Integer> {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            Keyspace keyspace = session.keyspace(name);
            TabletRows tablets = TabletRows.of(List.of(keyspace), Loads.read(session));
            if (output.json()) {
                output.print(KeyspaceList.json(keyspace).with("tablets", tablets.json()));
            } else {
                output.print(output.palette().bold(name) + "  " + keyspace.placement() + ", "
                        + EventText.tablets(keyspace.tablets().size()) + " on "
                        + String.join(", ", KeyspaceList.shards(keyspace)));
                output.print(tablets.table(output.palette()));
            }
            return ExitStatus.OK;
        }
    }
}
