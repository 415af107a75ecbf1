package dev.kedge.orchestrator.policy;

import java.util.List;
import java.util.Map;

/**
 * What all policies come to at one moment.
 *
 * @param wanted what should be done now, within the limits where the mode is AUTO
 * @param later what the distribution calls for beyond that: it is found anew once what is wanted is done
 * @param refused needs that nothing is done about, at most one for each subject
 * @param expired open proposals that have not begun and hold no more, with the reason
 * @param balance the cell as it is, what runs already taken as done
 * @param balanceAfter and as it should be with all of {@code wanted}
 * @param imbalanceAtLast {@link Balance#shards} with all of {@code later}, too
 */
public record Findings(
        List<Verdict.Wanted> wanted,
        List<Verdict.Wanted> later,
        List<Verdict.Refused> refused,
        Map<String, String> expired,
        Balance balance,
        Balance balanceAfter,
        double imbalanceAtLast) {
    public Findings {
        wanted = List.copyOf(wanted);
        later = List.copyOf(later);
        refused = List.copyOf(refused);
        expired = Map.copyOf(expired);
    }
}
