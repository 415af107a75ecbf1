package dev.kedge.cli;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.decide.Observations;
import dev.kedge.orchestrator.model.CellView;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Heartbeat;
import org.jspecify.annotations.Nullable;

/** Finds what keeps a migration in PLANNED, by asking the control plane's own rules about what the workers last reported. */
final class Admissions {
    private final CellView view;
    private final Decider decider;
    private Observations seen = Observations.NONE;

    /** @param view of the cell, kept up to date by whoever asks */
    Admissions(String cell, CellView view) {
        this.view = view;
        decider = new Decider(ControlPlaneSettings.defaults(cell));
    }

    void see(TopicFeed.Entry<Report> entry) {
        if (entry.value() instanceof Heartbeat) {
            Input input = new Input.ReportReceived(entry.value(), entry.offset(), entry.timeMillis());
            seen = decider.decide(view.state(), seen, input).observations();
        }
    }

    /** Null if nothing keeps it. */
    @Nullable
    String whyWaiting(String migration) {
        Input now = new Input.TimePassed(System.currentTimeMillis());
        Observations current = decider.decide(view.state(), seen, now).observations();
        String why = decider.whyWaiting(view.state(), current, migration);
        return why == null ? null : "waits: " + why;
    }
}
