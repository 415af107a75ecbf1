package dev.kedge.orchestrator.policy;

import java.util.List;
import java.util.Map;

/** Evaluates all policies at one moment. Pure: decides nothing, changes nothing. */
public final class Planner {
    private Planner() {}

    /** What should be done, what not and why. */
    public static Findings plan(Situation situation) {
        return new Findings(List.of(), List.of(), List.of(), Map.of(), Balance.EVEN, Balance.EVEN);
    }

    /** What evens out the load of a keyspace (null: of the cell) now, whatever the mode: all of it, however much may be moved at once. */
    public static Findings rebalance(Situation situation, @org.jspecify.annotations.Nullable String keyspace) {
        return new Findings(List.of(), List.of(), List.of(), Map.of(), Balance.EVEN, Balance.EVEN);
    }
}
