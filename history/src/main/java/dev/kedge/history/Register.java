package dev.kedge.history;

import dev.kedge.model.Bytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The meaning of actions on one key: what a correct store would do and say. A state is the key's value, null when it is absent. */
final class Register {
    /** No state: the answer given cannot follow. Told from others by identity. */
    private static final Bytes IMPOSSIBLE = Bytes.wrap(new byte[0]);

    private Register() {}

    @SuppressWarnings("ReferenceEquality")
    static boolean isImpossible(@Nullable Bytes state) {
        return state == IMPOSSIBLE;
    }

    /**
     * The state after {@code action} gave {@code answer} (null: whatever it was) in {@code state}; {@link #isImpossible} if it cannot
     * have given that.
     */
    static @Nullable Bytes apply(@Nullable Bytes state, Action action, @Nullable Answer answer) {
        return switch (action) {
            case Action.Read read ->
                answer == null || (answer instanceof Answer.Value v && same(v.value(), state)) ? state : IMPOSSIBLE;
            case Action.Write write -> write.value();
            case Action.Delete delete -> allowed(answer, state != null) ? null : IMPOSSIBLE;
            case Action.Increment increment -> increment(state, increment.delta(), answer);
            case Action.SetIf set -> {
                boolean holds = holds(set, state);
                yield allowed(answer, holds) ? (holds ? set.value() : state) : IMPOSSIBLE;
            }
        };
    }

    static boolean same(@Nullable Bytes a, @Nullable Bytes b) {
        return Objects.equals(a, b);
    }

    private static boolean holds(Action.SetIf set, @Nullable Bytes state) {
        return switch (set.condition()) {
            case IF_ABSENT -> state == null;
            case IF_PRESENT -> state != null;
            case IF_EQUAL -> state != null && Objects.equals(state, set.expected());
        };
    }

    private static boolean allowed(@Nullable Answer answer, boolean changed) {
        return answer == null || (answer instanceof Answer.Changed c && c.changed() == changed);
    }

    private static @Nullable Bytes increment(@Nullable Bytes state, long delta, @Nullable Answer answer) {
        long sum;
        try {
            sum = Math.addExact(state == null ? 0 : Long.parseLong(state.toUtf8()), delta);
        } catch (NumberFormatException | ArithmeticException e) {
            return answer == null ? state : IMPOSSIBLE; // refused for certain, so it cannot have given a sum
        }
        return answer == null || (answer instanceof Answer.Sum s && s.value() == sum)
                ? Bytes.utf8(Long.toString(sum))
                : IMPOSSIBLE;
    }
}
