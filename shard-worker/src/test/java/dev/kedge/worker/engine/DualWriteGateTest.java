package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DualWriteGateTest {
    private final List<String> replies = new ArrayList<>();
    private final DualWriteGate gate = new DualWriteGate(Span.of(1, KeyRange.ALL), "m1", 1, 100, 0);

    private void hold(long offset, String reply) {
        gate.hold(offset, 0, () -> replies.add(reply));
    }

    @Test
    void holdsAWriteUntilTheReplicaHasAppliedIt() {
        hold(5, "five");
        hold(7, "seven");
        gate.progress(5, 1);
        assertThat(replies).isEmpty();
        gate.progress(6, 2);
        assertThat(replies).containsExactly("five");
        gate.progress(8, 3);
        assertThat(replies).containsExactly("five", "seven");
    }

    /** A write of two tablets waits at one gate, then at the other, which may be gone by then. */
    @Test
    void holdsNothingOnceReleased() {
        hold(5, "held");
        gate.release();
        hold(6, "too late to be held");
        assertThat(replies).containsExactly("held", "too late to be held");
    }

    @Test
    void givesUpOnASilentReplicaOnce() {
        hold(5, "held");
        assertThat(gate.timedOut(99_000_000)).isFalse();
        assertThat(gate.timedOut(100_000_000)).isTrue();
        assertThat(gate.timedOut(100_000_001)).isFalse();
        assertThat(replies).containsExactly("held");
    }

    @Test
    void keepsNoWriteLongerThanTheTimeoutWhileTheReplicaMovesOn() {
        gate.hold(500, 0, () -> replies.add("early"));
        gate.hold(600, 60_000_000, () -> replies.add("late"));
        gate.progress(100, 90_000_000); // far behind, but on its way
        assertThat(gate.timedOut(99_999_999)).isFalse();
        assertThat(replies).isEmpty();
        assertThat(gate.timedOut(100_000_000)).as("the dual-write goes on").isFalse();
        assertThat(replies).containsExactly("early");
        gate.progress(200, 150_000_000);
        assertThat(gate.timedOut(160_000_000)).isFalse();
        assertThat(replies).containsExactly("early", "late");
    }
}
