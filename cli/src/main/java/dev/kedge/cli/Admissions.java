package dev.kedge.cli;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.decide.Observations;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Heartbeat;
import org.jspecify.annotations.Nullable;

/** Finds what keeps a migration in PLANNED, by asking the control plane's own rules about what the workers last reported. */
final class Admissions {
    private final CellSession session;
    private final Decider decider;
    private Observations seen = Observations.NONE;

    Admissions(CellSession session) {
        this.session = session;
        decider = new Decider(ControlPlaneSettings.defaults(session.cell().name()));
    }

    void see(TopicFeed.Entry<Report> entry) {
        if (entry.value() instanceof Heartbeat) {
            Input input = new Input.ReportReceived(entry.value(), entry.offset(), entry.timeMillis());
            seen = decider.decide(session.state(), seen, input).observations();
        }
    }

    /** Null if nothing keeps it. */
    @Nullable
    String whyWaiting(String migration) {
        Input now = new Input.TimePassed(System.currentTimeMillis());
        Observations current = decider.decide(session.state(), seen, now).observations();
        String why = decider.whyWaiting(session.state(), current, migration);
        return why == null ? null : "waits: " + why;
    }
}
