package dev.kedge.cli;

import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kedge explain migration}. */
@Command(
        name = "migration",
        description = "Who or what asked for a migration and why, what held it up, and how it ended.",
        mixinStandardHelpOptions = true)
final class ExplainMigration implements Callable<Integer> {
    private static final long REPORTS_READ = 2_000;

    @Parameters(paramLabel = "ID", description = "kedge migrations lists them.")
    String id = "";

    @Mixin
    CellOptions cell = new CellOptions();

    @Mixin
    OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Happenings past = new Happenings();
        try (CellSession session = CellSession.open(cell, output, past::see)) {
            Migration migration = session.migration(id);
            List<EventEnvelope> history = session.view().history(id);
            MigrationStory story = MigrationStory.of(history);
            MigrationText text = new MigrationText(session.state(), migration, story);
            Explanation explanation = new Explanation(
                    text.title(output.palette()), text.json(null).with("proposal", proposal(session, past)));
            explanation.part("why it was begun", why(session, past, history));
            explanation.part("what held it up", hindrances(session, migration, history));
            List<String> course = new ArrayList<>();
            course.add(text.phases(System.currentTimeMillis()));
            String outcome = text.outcome();
            if (outcome != null) {
                course.add(outcome);
            }
            explanation.part("how it went", course).print(output);
            return ExitStatus.OK;
        }
    }

    private Json.@Nullable Fields proposal(CellSession session, Happenings past) {
        Event.ProposalMade made = past.proposalOf(id);
        return made == null
                ? null
                : Json.fields()
                        .with("proposal", made.proposal())
                        .with("policy", made.policy())
                        .with("mode", made.mode())
                        .with("reason", made.reason())
                        .with("figures", ProposalText.json(made.figures()))
                        .with("action", new ProposalText(session.state()).json(made.action()));
    }

    /** From the first cause on. */
    private List<String> why(CellSession session, Happenings past, List<EventEnvelope> history) {
        List<String> lines = new ArrayList<>();
        Event.ProposalMade made = past.proposalOf(id);
        if (made == null) {
            EventEnvelope first = history.getFirst();
            lines.add(first.principal() + " asked for it: the command at offset "
                    + first.cause().offset() + ", " + Times.show(first.timeMillis()));
            return lines;
        }
        ProposalText text = new ProposalText(session.state());
        lines.add("it carries out proposal " + made.proposal() + " of the " + made.policy() + " policy: "
                + text.action(made.action()));
        lines.add(made.reason());
        lines.add("figures: " + ProposalText.figures(made.figures()));
        lines.add("expected: " + ProposalText.costs(made.bytes(), made.etaMillis()) + ", imbalance "
                + ProposalText.imbalance(made.imbalanceBefore(), made.imbalanceAfter()));
        for (EventEnvelope e : past.ofProposal(made.proposal())) {
            lines.add(Times.show(e.timeMillis()) + "  " + text.events().describe(e.event()) + "  (by " + e.principal()
                    + ", " + e.cause().topic() + "@" + e.cause().offset() + ")");
        }
        return lines;
    }

    private List<String> hindrances(CellSession session, Migration migration, List<EventEnvelope> history) {
        List<String> lines = new ArrayList<>();
        EventText words = new EventText(session.state());
        for (EventEnvelope e : history) {
            if (e.event() instanceof Event.OfMigration event && isHindrance(event)) {
                lines.add(
                        Times.show(e.timeMillis()) + "  " + words.describe(e.event()) + "  (by " + e.principal() + ")");
            }
        }
        if (!migration.isTerminal()) {
            Admissions admissions = new Admissions(session.cell().name(), session.view());
            try (TopicFeed<Report> reports = session.reports(REPORTS_READ)) {
                reports.readToEnd(admissions::see);
            }
            String waits = admissions.whyWaiting(id);
            if (waits != null) {
                lines.add(waits);
            }
            if (migration.paused()) {
                lines.add("it is paused: kedge migration resume " + id);
            }
        }
        return lines;
    }

    /** Whether a migration did not go on as planned, or goes on again. */
    static boolean isHindrance(Event.OfMigration event) {
        return switch (event) {
            case Event.DualWriteLost e -> true;
            case Event.ReplicationOutrun e -> true;
            case Event.VerificationSkipped e -> true;
            case Event.DivergenceFound e -> true;
            case Event.RecopyStarted e -> true;
            case Event.CutoverDeferred e -> true;
            case Event.RollbackStopped e -> true;
            case Event.MigrationPaused e -> true;
            case Event.MigrationResumed e -> true;
            case Event.MigrationPlanned e -> false;
            case Event.CopyStarted e -> false;
            case Event.CatchUpStarted e -> false;
            case Event.DualWriteStarted e -> false;
            case Event.VerificationStarted e -> false;
            case Event.Verified e -> false;
            case Event.CutoverCommitted e -> false;
            case Event.CutoverVersioned e -> false;
            case Event.SourceFenced e -> false;
            case Event.CutoverCompleted e -> false;
            case Event.RollbackWindowOpened e -> false;
            case Event.RollbackStarted e -> false;
            case Event.CleanupStarted e -> false;
            case Event.MigrationCompleted e -> false;
            case Event.MigrationAborted e -> false;
            case Event.MigrationRolledBack e -> false;
        };
    }
}
