package dev.kedge.history;

import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a history is linearizable: that every operation seems to take effect at one moment between its call and its answer.
 * Keys are independent registers, so each is checked by itself, exactly (see {@link KeyCheck} for how and for its bounds).
 */
public final class Linearizability {
    private static final int MOST_VIOLATIONS = 20;

    private Linearizability() {}

    /**
     * @param indeterminate operations of unknown outcome
     * @param pasts ways looked at in which concurrent operations may have followed each other: what the check cost
     * @param violations one per key at most, and the first {@value #MOST_VIOLATIONS} only
     */
    public record Verdict(long operations, long keys, long indeterminate, long pasts, List<Violation> violations) {
        public boolean holds() {
            return violations.isEmpty();
        }
    }

    /** Checks a history that began with no key present. */
    public static Verdict check(Collection<Operation> operations) {
        return check(operations, key -> null);
    }

    /** @param initial the value each key had before the first operation; null for none */
    public static Verdict check(Collection<Operation> operations, Function<Bytes, @Nullable Bytes> initial) {
        Map<Bytes, List<Operation>> byKey = new LinkedHashMap<>();
        long indeterminate = 0;
        for (Operation operation : operations) {
            byKey.computeIfAbsent(operation.key(), key -> new ArrayList<>(2)).add(operation);
            if (operation.isIndeterminate()) {
                indeterminate++;
            }
        }
        List<Violation> violations = new ArrayList<>();
        long pasts = 0;
        for (Map.Entry<Bytes, List<Operation>> entry : byKey.entrySet()) {
            Bytes key = entry.getKey();
            KeyCheck check = new KeyCheck(key, initial.apply(key), entry.getValue());
            Violation violation = check.run();
            pasts += check.followed();
            if (violation != null && violations.size() < MOST_VIOLATIONS) {
                violations.add(violation);
            }
        }
        return new Verdict(operations.size(), byKey.size(), indeterminate, pasts, List.copyOf(violations));
    }
}
