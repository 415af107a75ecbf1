package dev.kedge.cli;

import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.report.Report;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge migration show}. */
@Command(name = "show", description = "Show a migration.", mixinStandardHelpOptions = true)
final class MigrationShow implements Callable<Integer> {
    private static final long REPORTS_READ = 2_000;

    @Parameters(paramLabel = "ID")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        try (CellSession session = CellSession.open(cell, output)) {
            Migration migration = session.migration(id);
            ReplicaGauge gauge = new ReplicaGauge(id);
            Admissions admissions = new Admissions(session.cell().name(), session.view());
            if (migration.phase().isReplicating() || migration.phase() == Phase.PLANNED) {
                try (TopicFeed<Report> reports = session.reports(REPORTS_READ)) {
                    reports.readToEnd(entry -> {
                        admissions.see(entry);
                        if (entry.value() instanceof Report.ReplicaProgress progress) {
                            gauge.see(entry.timeMillis(), progress);
                        }
                    });
                }
            }
            MigrationText text = new MigrationText(
                    session.state(), migration, MigrationStory.of(session.view().history(id)));
            String waits = admissions.whyWaiting(id);
            if (output.json()) {
                output.print(text.json(gauge).with("waits", waits));
                return ExitStatus.OK;
            }
            output.print(text.title(output.palette()));
            text.lines(System.currentTimeMillis()).forEach(line -> output.print("  " + line));
            if (waits != null) {
                output.print("  " + waits);
            }
            if (gauge.latest() != null) {
                output.print("  replica   " + gauge.describe());
            }
            return ExitStatus.OK;
        }
    }
}
