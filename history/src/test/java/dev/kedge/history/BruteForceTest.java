package dev.kedge.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.history.Action.Condition;
import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/** The checker against trying all orders, on small histories with few values, so that right and wrong ones are both common. */
final class BruteForceTest {
    private static final Bytes KEY = Bytes.utf8("k");

    @Provide
    Arbitrary<List<Operation>> histories() {
        Arbitrary<Bytes> values = Arbitraries.of("1", "2", "3").map(Bytes::utf8);
        Arbitrary<Action> actions = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(4, Arbitraries.just(new Action.Read())),
                net.jqwik.api.Tuple.of(3, values.map(Action.Write::new)),
                net.jqwik.api.Tuple.of(1, Arbitraries.just(new Action.Delete())),
                net.jqwik.api.Tuple.of(2, Arbitraries.of(1L, 2L).map(Action.Increment::new)),
                net.jqwik.api.Tuple.of(
                        1,
                        Combinators.combine(Arbitraries.of(Condition.class), values, values)
                                .as((c, expected, value) ->
                                        new Action.SetIf(c, c == Condition.IF_EQUAL ? expected : null, value))));
        Arbitrary<Operation> operations = Combinators.combine(
                        actions,
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.integers().between(0, 9),
                        values.injectNull(0.25),
                        Arbitraries.of(true, false))
                .as(BruteForceTest::operation);
        return operations.list().ofMinSize(1).ofMaxSize(6);
    }

    private static Operation operation(
            Action action, int from, int length, int dice, @Nullable Bytes value, boolean yes) {
        if (dice == 0 && !(action instanceof Action.Read)) {
            return new Operation(KEY, action, null, from, Long.MAX_VALUE);
        }
        Answer answer = switch (action) {
            case Action.Read read -> new Answer.Value(value);
            case Action.Write write -> Answer.Done.DONE;
            case Action.Increment increment -> new Answer.Sum(dice % 5 + 1);
            case Action.Delete delete -> new Answer.Changed(yes);
            case Action.SetIf set -> new Answer.Changed(yes);
        };
        return new Operation(KEY, action, answer, from, from + length);
    }

    @Property(tries = 10000, edgeCases = net.jqwik.api.EdgeCasesMode.NONE)
    void agreesWithTryingAllOrders(@ForAll("histories") List<Operation> history) {
        boolean expected = someOrderExplains(null, new ArrayList<>(history));
        Statistics.label("linearizable").collect(expected);
        assertThat(Linearizability.check(history).holds()).isEqualTo(expected);
    }

    private static boolean someOrderExplains(@Nullable Bytes state, List<Operation> left) {
        if (left.stream().allMatch(o -> o.answer() == null)) {
            return true;
        }
        for (int i = 0; i < left.size(); i++) {
            Operation next = left.get(i);
            boolean anotherMustComeFirst = left.stream().anyMatch(o -> o.returned() < next.invoked());
            if (anotherMustComeFirst) {
                continue;
            }
            Bytes after = Register.apply(state, next.action(), next.answer());
            if (!Register.isImpossible(after)) {
                List<Operation> rest = new ArrayList<>(left);
                rest.remove(i);
                if (someOrderExplains(after, rest)) {
                    return true;
                }
            }
        }
        return false;
    }
}
