package dev.kedge.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kedge replica list}. */
@Command(
        name = "list",
        description = "List read replicas with how far they are and how old their answers are.",
        mixinStandardHelpOptions = true)
final class ReplicaList implements Callable<Integer> {
    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            ReplicaRows replicas = ReplicaRows.read(session, System.currentTimeMillis());
            if (output.json()) {
                output.print(Json.fields().with("replicas", replicas.json()));
            } else {
                output.print(
                        replicas.rows().isEmpty()
                                ? "no read replicas; kedge replica add makes one"
                                : replicas.table(output.palette()));
            }
            return ExitStatus.OK;
        }
    }
}
