package dev.kedge.cli;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.decide.Observations;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.policy.CellLoad;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Situation.Policies;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.report.Report;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the control plane sees of its workers, read off the reports topic by its own rules: the load of tablets over the time the policies
 * look back, and the last heartbeats.
 *
 * @param state of the cell, under the policies in question
 * @param sinceMillis the first report heard; 0 if there was none
 */
record Observed(Decider decider, CellState state, Observations seen, long sinceMillis) {

    /** As of now, under the policies that are set. */
    static Observed now(CellSession session) {
        return now(session, session.state());
    }

    /** As of now, were this the policy of all keyspaces: what is kept of the load depends on it. */
    static Observed under(Policy policy, CellSession session) {
        CellState state = session.state();
        for (String keyspace : state.steering().policies().keys()) {
            state = after(state, new Event.PolicySet(keyspace, null));
        }
        return now(session, after(state, new Event.PolicySet(null, policy)));
    }

    private static CellState after(CellState state, Event event) {
        return Evolution.evolve(
                state, new EventEnvelope(state.nextSequence(), 0, new Cause("here", -1), "nobody", event));
    }

    /** How long ago what a policy looks at may have been. */
    static long back(Policy policy) {
        return Math.max(policy.windowMillis(), policy.loadMillis()) + policy.staleMillis();
    }

    private static Observed now(CellSession session, CellState state) {
        Decider decider =
                new Decider(ControlPlaneSettings.defaults(session.cell().name()));
        long back = back(state.steering().policy(null));
        for (Policy policy : state.steering().policies().values()) {
            back = Math.max(back, back(policy));
        }
        Observations[] seen = {Observations.NONE};
        AtomicLong first = new AtomicLong();
        try (TopicFeed<Report> reports = session.reportsSince(System.currentTimeMillis() - back)) {
            reports.readToEnd(entry -> {
                if (entry.value() instanceof Report.Heartbeat || entry.value() instanceof Report.ShardLoad) {
                    first.compareAndSet(0, entry.timeMillis());
                    Input input = new Input.ReportReceived(entry.value(), entry.offset(), entry.timeMillis());
                    seen[0] = decider.decide(state, seen[0], input).observations();
                }
            });
        }
        Input now = new Input.TimePassed(System.currentTimeMillis());
        return new Observed(decider, state, decider.decide(state, seen[0], now).observations(), first.get());
    }

    CellLoad load() {
        return seen.load();
    }

    long nowMillis() {
        return seen.nowMillis();
    }

    Policies policies() {
        return Policies.of(state.steering());
    }

    Findings plan() {
        return decider.plan(state, seen);
    }
}
