package dev.kedge.cli;

import dev.kedge.orchestrator.decide.ControlPlaneSettings;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.decide.Observations;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.orchestrator.policy.Findings;
import dev.kedge.orchestrator.policy.Verdict;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets another policy decide upon what was reported. At every moment the cell is the fold of its events up to then, without what its own
 * policies proposed, and with what this one has: a proposal counts as carried out from the moment it is made, as it does for the control
 * plane's own planning, until the cell really changed in a way that it does not fit any more. So the effect on the load is estimated, and what
 * was proposed is not proposed over and over. How long migrations take, and so the limits on how many run at once, is not replayed. The same
 * records give the same result.
 */
final class Backtest {
    private static final Cause HERE = new Cause("backtest", -1);

    private final List<EventEnvelope> events;
    private final Policy policy;
    private final long fromMillis;
    private final long toMillis;
    private final Decider decider;
    private final List<Proposed> proposed = new ArrayList<>();
    private final List<Refused> refused = new ArrayList<>();
    private CellState state = CellState.EMPTY;
    private Observations seen = Observations.NONE;
    private int applied;
    private long dueMillis;
    private int evaluations;
    private int reports;
    private int reallyProposed;
    private double worstImbalance;
    private double lastImbalance;

    /** What it would have wanted. */
    record Proposed(long atMillis, Verdict.Wanted wanted) {}

    /** What it would have seen and left alone; once for each reason. */
    record Refused(long atMillis, Verdict.Refused refused) {}

    /**
     * @param state of the cell at the end, which knows all keyspaces
     * @param reports heard within the time
     * @param reallyProposed what the policies that were set proposed within the time
     * @param worstImbalance of shards, what was proposed taken as done
     */
    record Result(
            CellState state,
            List<Proposed> proposed,
            List<Refused> refused,
            int evaluations,
            int reports,
            int reallyProposed,
            double worstImbalance,
            double lastImbalance) {
        Result {
            proposed = List.copyOf(proposed);
            refused = List.copyOf(refused);
        }

        long bytes() {
            return proposed.stream().mapToLong(p -> p.wanted().bytes()).sum();
        }
    }

    /**
     * @param events all of the cell's, in order
     * @param policy for all keyspaces; it acts as in mode AUTO
     */
    Backtest(String cell, List<EventEnvelope> events, Policy policy, long fromMillis, long toMillis) {
        this.events = events;
        this.policy = policy.in(Policy.Mode.AUTO);
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.decider = new Decider(ControlPlaneSettings.defaults(cell));
        this.dueMillis = fromMillis;
        // What is kept of the load depends on the policy that holds.
        evolve(0, HERE, new Event.PolicySet(null, this.policy));
    }

    /** From when on reports matter: load is known only when it was heard for a while. */
    static long firstReportMillis(Policy policy, long fromMillis) {
        return fromMillis - Observed.back(policy);
    }

    /** Takes the next report, in the order in which they were heard. */
    void see(long offset, long atMillis, Report report) {
        if (atMillis > toMillis || !(report instanceof Report.Heartbeat || report instanceof Report.ShardLoad)) {
            return;
        }
        while (dueMillis <= atMillis) {
            evaluate(dueMillis);
            dueMillis += policy.evaluationMillis();
        }
        applyUntil(atMillis);
        reports += atMillis >= fromMillis ? 1 : 0;
        seen = decider.decide(state, seen, new Input.ReportReceived(report, offset, atMillis))
                .observations();
    }

    /** After the last report. */
    Result result() {
        applyUntil(toMillis);
        return new Result(
                state, proposed, refused, evaluations, reports, reallyProposed, worstImbalance, lastImbalance);
    }

    private void applyUntil(long atMillis) {
        while (applied < events.size() && events.get(applied).timeMillis() <= atMillis) {
            EventEnvelope real = events.get(applied++);
            if (real.event() instanceof Event.ProposalMade && real.timeMillis() >= fromMillis) {
                reallyProposed++;
            }
            if (!isOfPolicies(real.event())) {
                evolve(real.timeMillis(), real.cause(), real.event());
            }
        }
    }

    /** What the policies said that were set: another speaks here. */
    private static boolean isOfPolicies(Event event) {
        return event instanceof Event.OfProposal
                || event instanceof Event.PolicyRefused
                || event instanceof Event.PolicyRefusalLifted
                || event instanceof Event.PolicySet;
    }

    private void evolve(long atMillis, Cause cause, Event event) {
        state = Evolution.evolve(state, new EventEnvelope(state.nextSequence(), atMillis, cause, "backtest", event));
        seen = seen.after(event);
    }

    private void evaluate(long atMillis) {
        applyUntil(atMillis);
        if (seen.load().isEmpty()) {
            return;
        }
        evaluations++;
        Findings findings = decider.plan(state, seen);
        findings.expired().forEach((id, why) -> evolve(atMillis, HERE, new Event.ProposalExpired(id, why)));
        for (Verdict.Wanted w : findings.wanted()) {
            proposed.add(new Proposed(atMillis, w));
            String id = Proposal.id(state.nextSequence());
            evolve(
                    atMillis,
                    HERE,
                    new Event.ProposalMade(
                            id,
                            w.policy(),
                            Policy.Mode.AUTO,
                            w.action(),
                            w.reason(),
                            w.figures(),
                            w.bytes(),
                            w.etaMillis(),
                            w.before(),
                            w.after(),
                            Long.MAX_VALUE));
        }
        refuse(atMillis, findings);
        lastImbalance = findings.balanceAfter().shards();
        worstImbalance = Math.max(worstImbalance, findings.balance().shards());
    }

    /** As the control plane says them: each reason, code and key, once for a need. */
    private void refuse(long atMillis, Findings findings) {
        for (var old : state.steering().refusals()) {
            if (!findings.needs().contains(old.getKey())) {
                Event.PolicyRefused e = old.getValue().event();
                evolve(atMillis, HERE, new Event.PolicyRefusalLifted(e.policy(), e.shard(), e.keyspace(), e.start()));
            }
        }
        for (Verdict.Refused verdict : findings.refused()) {
            Steering.Refused before = state.steering().refusals().get(verdict.subject());
            if (before == null || !before.wasSaid(verdict.code().name(), verdict.key())) {
                refused.add(new Refused(atMillis, verdict));
                evolve(atMillis, HERE, verdict.event());
            }
        }
    }
}
