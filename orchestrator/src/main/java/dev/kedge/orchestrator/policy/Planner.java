package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates all policies at one moment. Pure: the same situation gives the same findings, and nothing is changed. A cell of a thousand
 * shards with a hundred thousand tablets takes well under a second.
 */
public final class Planner {
    private Planner() {}

    /** What should be done, what not and why. */
    public static Findings plan(Situation situation) {
        return plan(situation, false);
    }

    /** As {@link #plan}, with what the distribution calls for beyond what may begin now. */
    public static Findings foresee(Situation situation) {
        return plan(situation, true);
    }

    private static Findings plan(Situation situation, boolean ahead) {
        Layout layout = Layout.of(situation);
        Map<String, String> expired = new Commitments(layout).apply();
        Balance before = layout.balance();
        Outcome outcome = new Outcome(layout);
        Rest rest = new Rest(situation);
        Destinations destinations = new Destinations(layout, rest);
        new ReliefPolicy(layout, outcome, rest, destinations).evaluate();
        new MergePolicy(layout, outcome, rest, destinations).evaluate();
        DistributionPolicy distribution = new DistributionPolicy(layout, outcome, rest, destinations, null);
        distribution.evaluate(false);
        return findings(layout, outcome, ahead ? distribution.foresee() : List.of(), expired, before);
    }

    /** Where tablets may go that have to leave their worker. */
    public static Homes homes(Situation situation) {
        return new Homes(situation);
    }

    /**
     * Whether two tablets may be joined by what is known of their load now. Not while it is not known, as after a restart: what looks idle then
     * may be busy.
     */
    public static boolean mayJoin(Action.MergeSiblings action, CellLoad load, Policy policy, long nowMillis) {
        double slack = 1 + policy.hysteresis();
        for (Bytes start : new Bytes[] {action.start(), action.at()}) {
            TabletLoad known = load.of(action.keyspace(), start);
            if (known == null
                    || nowMillis - known.atMillis() > policy.staleMillis()
                    || !MergePolicy.isSmall(known, policy, slack)) {
                return false;
            }
        }
        return true;
    }

    /**
     * What evens out the load now, whatever the mode: all of it, however much may be moved at once.
     *
     * @param keyspace the one whose tablets may move; null = any
     */
    public static Findings rebalance(Situation situation, @Nullable String keyspace) {
        Layout layout = Layout.of(situation);
        new Commitments(layout).apply();
        Balance before = layout.balance();
        Outcome outcome = new Outcome(layout);
        Rest rest = new Rest(situation);
        new DistributionPolicy(layout, outcome, rest, new Destinations(layout, rest), keyspace).evaluate(true);
        return findings(layout, outcome, List.of(), Map.of(), before);
    }

    private static Findings findings(
            Layout layout, Outcome outcome, List<Verdict.Wanted> later, Map<String, String> expired, Balance before) {
        double after = later.isEmpty()
                ? layout.balance().shards()
                : later.get(later.size() - 1).after();
        Balance reached = layout.balance();
        return new Findings(
                outcome.wanted(),
                later,
                outcome.refused(),
                outcome.needs(),
                outcome.replicas(),
                outcome.retired(),
                expired,
                before,
                reached,
                Movement.of(layout, later),
                after);
    }
}
