package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.schemas.command.Policy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What policies decide from. Immutable.
 *
 * @param workers those that can be given more: heard lately, not being drained
 */
public record Situation(CellState state, CellLoad load, Policies policies, Set<String> workers, long nowMillis) {
    public Situation {
        workers = Set.copyOf(workers);
    }

    /** The policies that hold. */
    public record Policies(Policy cell, PersistentMap<String, Policy> keyspaces) {
        public static Policies of(Steering steering) {
            return new Policies(steering.policy(null), steering.policies());
        }

        /** One for all, whatever was set: to plan or backtest with another. */
        public static Policies always(Policy policy) {
            return new Policies(policy, PersistentMap.empty());
        }

        /** Null = the cell's. */
        public Policy of(@Nullable String keyspace) {
            Policy own = keyspace == null ? null : keyspaces.get(keyspace);
            return own == null ? cell : own;
        }
    }
}
