package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.model.Steering.Subject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What all policies come to at one moment.
 *
 * @param wanted what should be done now, within the limits where the mode is AUTO
 * @param later what the distribution calls for beyond that: it is found anew once what is wanted is done
 * @param refused needs that nothing is done about, at most one for each subject
 * @param needs all there is, what is refused, wanted or under way: a refusal stands as long as its subject is among them
 * @param replicas tablets whose hot key a read replica could serve: done in mode AUTO, else only said in the refusal
 * @param retired read replicas that a policy added and that are of no use any more, with the reason, in the order of their removal in mode AUTO
 * @param expired open proposals that have not begun and hold no more, with the reason, the oldest first
 * @param balance the cell as it is, what runs already taken as done
 * @param balanceAfter and as it should be with all of {@code wanted}
 * @param movement what share of everything moves with all of that, and what would have to
 * @param imbalanceAtLast {@link Balance#shards} with all of {@code later}, too
 */
public record Findings(
        List<Verdict.Wanted> wanted,
        List<Verdict.Wanted> later,
        List<Verdict.Refused> refused,
        Set<Subject> needs,
        List<ReplicaOffer> replicas,
        Map<String, String> retired,
        Map<String, String> expired,
        Balance balance,
        Balance balanceAfter,
        Movement movement,
        double imbalanceAtLast) {
    public Findings {
        wanted = List.copyOf(wanted);
        later = List.copyOf(later);
        refused = List.copyOf(refused);
        needs = Set.copyOf(needs);
        replicas = List.copyOf(replicas);
        // Events come of them in their order: it must be the same each time.
        retired = Collections.unmodifiableMap(new LinkedHashMap<>(retired));
        expired = Collections.unmodifiableMap(new LinkedHashMap<>(expired));
    }
}
