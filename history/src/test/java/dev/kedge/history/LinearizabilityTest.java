package dev.kedge.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.history.Action.Condition;
import dev.kedge.history.Violation.Anomaly;
import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Histories that are right, and one wrong history of each kind. */
final class LinearizabilityTest {
    private static final Bytes KEY = Bytes.utf8("k");

    private final List<Operation> history = new ArrayList<>();

    private LinearizabilityTest op(long from, long to, Action action, Answer answer) {
        history.add(new Operation(KEY, action, answer, from, to));
        return this;
    }

    private LinearizabilityTest write(long from, long to, String value) {
        return op(from, to, new Action.Write(Bytes.utf8(value)), Answer.Done.DONE);
    }

    private LinearizabilityTest maybe(long from, Action action) {
        return op(from, Long.MAX_VALUE, action, null);
    }

    private LinearizabilityTest maybeWrite(long from, String value) {
        return maybe(from, new Action.Write(Bytes.utf8(value)));
    }

    private LinearizabilityTest read(long from, long to, String value) {
        return op(from, to, new Action.Read(), new Answer.Value(value == null ? null : Bytes.utf8(value)));
    }

    private LinearizabilityTest increment(long from, long to, long delta, long sum) {
        return op(from, to, new Action.Increment(delta), new Answer.Sum(sum));
    }

    private LinearizabilityTest delete(long from, long to, boolean existed) {
        return op(from, to, new Action.Delete(), new Answer.Changed(existed));
    }

    private LinearizabilityTest setIf(
            long from, long to, Condition condition, String expected, String value, boolean done) {
        return op(
                from,
                to,
                new Action.SetIf(condition, expected == null ? null : Bytes.utf8(expected), Bytes.utf8(value)),
                new Answer.Changed(done));
    }

    private void holds() {
        assertThat(Linearizability.check(history).violations()).isEmpty();
    }

    private Violation violated(Anomaly anomaly) {
        List<Violation> violations = Linearizability.check(history).violations();
        assertThat(violations)
                .singleElement()
                .satisfies(v -> assertThat(v.anomaly()).as(v.toString()).isEqualTo(anomaly));
        return violations.get(0);
    }

    @Test
    void oneAfterTheOther() {
        read(0, 1, null)
                .write(2, 3, "a")
                .read(4, 5, "a")
                .delete(6, 7, true)
                .read(8, 9, null)
                .delete(10, 11, false);
        increment(12, 13, 5, 5).increment(14, 15, -2, 3).read(16, 17, "3");
        setIf(18, 19, Condition.IF_ABSENT, null, "x", false).setIf(20, 21, Condition.IF_EQUAL, "3", "y", true);
        setIf(22, 23, Condition.IF_PRESENT, null, "z", true).read(24, 25, "z").holds();
    }

    @Test
    void operationsAtOnceMayTakeEffectInAnyOrder() {
        write(0, 10, "a")
                .write(0, 10, "b")
                .read(1, 3, "b")
                .read(4, 9, "a")
                .read(11, 12, "a")
                .holds();
    }

    @Test
    void aWriteOfUnknownOutcomeMayTakeEffectLate() {
        write(0, 1, "a")
                .maybeWrite(2, "b")
                .read(3, 4, "a")
                .read(50, 51, "b")
                .read(52, 53, "b")
                .holds();
    }

    @Test
    void aWriteOfUnknownOutcomeMayNeverTakeEffect() {
        write(0, 1, "a").maybeWrite(2, "b").read(3, 4, "a").read(50, 51, "a").holds();
    }

    @Test
    void manyIncrementsOfUnknownOutcomeAreFollowedWithoutExplosion() {
        for (int i = 0; i < 60; i++) {
            maybe(i, new Action.Increment(1));
        }
        increment(100, 101, 1, 31)
                .increment(102, 103, 1, 32)
                .read(104, 105, "60")
                .holds();
    }

    @Test
    void staleRead() {
        write(0, 1, "a").write(2, 3, "b").read(4, 5, "a").read(6, 7, "b");
        Violation violation = violated(Anomaly.STALE_READ);
        assertThat(violation.operation().invoked()).isEqualTo(4);
        assertThat(violation.explanation())
                .contains("the value can only have been b")
                .contains("[2, 3] Write[value=b]")
                .contains("cannot be explained");
    }

    @Test
    void lostWrite() {
        write(0, 1, "a").write(2, 3, "b").read(4, 5, "a").read(6, 7, "a").violated(Anomaly.LOST_WRITE);
    }

    @Test
    void lostWriteOfAnAbsentKey() {
        write(0, 1, "a").read(2, 3, null).violated(Anomaly.LOST_WRITE);
    }

    @Test
    void lostDelete() {
        write(0, 1, "a").delete(2, 3, true).read(4, 5, "a").violated(Anomaly.LOST_WRITE);
    }

    @Test
    void writeThatCameBack() {
        write(0, 1, "a").write(2, 3, "b").read(4, 5, "b").read(6, 7, "a").read(8, 9, "a");
        violated(Anomaly.DUPLICATED_WRITE);
    }

    @Test
    void incrementThatCountedTwice() {
        increment(0, 1, 1, 1).increment(2, 3, 1, 3).violated(Anomaly.DUPLICATED_WRITE);
    }

    @Test
    void incrementThatWasLost() {
        increment(0, 1, 1, 1).increment(2, 3, 1, 2).increment(4, 5, 1, 2).violated(Anomaly.LOST_WRITE);
    }

    @Test
    void valueNobodyWrote() {
        write(0, 1, "a").read(2, 3, "z").violated(Anomaly.UNKNOWN_VALUE);
    }

    @Test
    void valueReadBeforeItWasWritten() {
        assertThat(read(0, 1, "a").write(2, 3, "a").violatedAtAll()).isTrue();
    }

    @Test
    void readsAtOnceThatContradictEachOther() {
        assertThat(write(0, 20, "a")
                        .write(0, 20, "b")
                        .read(1, 2, "a")
                        .read(3, 4, "b")
                        .read(5, 6, "a")
                        .violatedAtAll())
                .isTrue();
    }

    @Test
    void conditionThatCannotHaveHeld() {
        write(0, 1, "a").setIf(2, 3, Condition.IF_ABSENT, null, "b", true).violated(Anomaly.LOST_WRITE);
    }

    @Test
    void aWriteOfUnknownOutcomeTakesEffectOnceOnly() {
        assertThat(write(0, 1, "a")
                        .maybeWrite(2, "b")
                        .read(3, 4, "b")
                        .write(5, 6, "c")
                        .read(7, 8, "c")
                        .read(9, 10, "b")
                        .violatedAtAll())
                .isTrue();
    }

    @Test
    void keysDoNotDependOnEachOtherAndMayHaveInitialValues() {
        history.add(new Operation(Bytes.utf8("x"), new Action.Read(), new Answer.Value(Bytes.utf8("was there")), 5, 6));
        read(0, 1, null);
        assertThat(Linearizability.check(history, key -> key.equals(KEY) ? null : Bytes.utf8("was there"))
                        .holds())
                .isTrue();
        assertThat(Linearizability.check(history).holds()).isFalse();
    }

    @Test
    void tooMuchAtOnceIsUndecidedNotRight() {
        for (int i = 0; i < 70; i++) {
            write(0, 1000, "v" + i);
        }
        violated(Anomaly.UNDECIDED);
    }

    @Test
    void theRecorderKeepsWhatMayHaveHadAnEffect() {
        AtomicLong time = new AtomicLong();
        History recorder = new History(time::incrementAndGet);
        recorder.invoke(KEY, new Action.Read()).ok(new Answer.Value(null));
        recorder.invoke(KEY, new Action.Read()).indeterminate();
        recorder.invoke(KEY, new Action.Delete()).failed();
        recorder.invoke(KEY, new Action.Delete()).indeterminate();
        recorder.invoke(KEY, new Action.Increment(1));
        History.Call twice = recorder.invoke(KEY, new Action.Increment(2));
        twice.ok(new Answer.Sum(2));
        assertThatThrownBy(twice::failed)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ended twice");
        assertThat(recorder.size()).isEqualTo(6);
        assertThat(recorder.operations())
                .containsExactly(
                        new Operation(KEY, new Action.Read(), new Answer.Value(null), 1, 2),
                        new Operation(KEY, new Action.Delete(), null, 7, Long.MAX_VALUE),
                        new Operation(KEY, new Action.Increment(1), null, 9, Long.MAX_VALUE),
                        new Operation(KEY, new Action.Increment(2), new Answer.Sum(2), 10, 11));
    }

    /** The demo's size, and one key with a long concurrent history: the work grows with the operations, not with what could have been. */
    @Test
    void largeHistoriesTakeLittleWorkPerOperation() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            Bytes key = Bytes.utf8("key-" + i);
            Bytes value = Bytes.utf8("v" + i);
            history.add(new Operation(key, new Action.Write(value), Answer.Done.DONE, i, i + 3));
            if (i % 2 == 0) {
                history.add(new Operation(key, new Action.Read(), new Answer.Value(value), i + 5, i + 9));
            }
        }
        concurrentRegister(random, 50_000);
        Linearizability.Verdict verdict = Linearizability.check(history);
        assertThat(verdict.violations()).isEmpty();
        assertThat(verdict.keys()).isEqualTo(200_001);
        assertThat(verdict.pasts())
                .as("pasts looked at for 50,000 concurrent operations")
                .isBetween(50_000L, 2_000_000L);
    }

    /** Eight clients on one key; each operation takes effect at a moment within it, a few have unknown outcomes. */
    private void concurrentRegister(Random random, int operations) {
        Bytes state = null;
        for (int i = 0; i < operations; i++) {
            long effect = i * 10L;
            long from = effect - random.nextInt(40);
            long to = effect + random.nextInt(40) + 1;
            int dice = random.nextInt(100);
            if (dice < 50) {
                history.add(new Operation(KEY, new Action.Read(), new Answer.Value(state), from, to));
            } else if (dice < 99) {
                state = Bytes.utf8("u" + i);
                history.add(new Operation(KEY, new Action.Write(state), Answer.Done.DONE, from, to));
            } else {
                Bytes value = Bytes.utf8("m" + i);
                if (random.nextBoolean()) {
                    state = value;
                }
                history.add(new Operation(KEY, new Action.Write(value), null, from, Long.MAX_VALUE));
            }
        }
    }

    private boolean violatedAtAll() {
        return !Linearizability.check(history).holds();
    }
}
