package dev.kedge.topics;

import java.util.List;
import java.util.stream.Collectors;

/** Topics are missing or not as they must be. */
public final class TopicsDiffer extends RuntimeException {
    private final transient List<Difference> differences;

    private TopicsDiffer(String message, List<Difference> differences) {
        super(message);
        this.differences = List.copyOf(differences);
    }

    static TopicsDiffer found(List<Difference> differences) {
        return new TopicsDiffer(
                "the topics are not as Kedge needs them; 'kedge topics apply' puts right what can be:"
                        + lines(differences),
                differences);
    }

    static TopicsDiffer cannotApply(List<Difference> differences) {
        return new TopicsDiffer(
                "nothing was changed, because this cannot be put right in place:" + lines(differences), differences);
    }

    public List<Difference> differences() {
        return differences;
    }

    private static String lines(List<Difference> differences) {
        return differences.stream()
                .map(difference -> "\n  " + difference.describe()
                        + (difference.obstacle() == null ? "" : " - " + difference.obstacle()))
                .collect(Collectors.joining());
    }
}
