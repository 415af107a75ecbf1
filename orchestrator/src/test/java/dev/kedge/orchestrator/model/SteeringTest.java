package dev.kedge.orchestrator.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.Steering.Reason;
import dev.kedge.orchestrator.model.Steering.Refused;
import dev.kedge.orchestrator.model.Steering.Subject;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is remembered of what was said. */
final class SteeringTest {
    private Steering steering = Steering.NONE;
    private long now = 1_000;

    private void said(String code, @Nullable String key) {
        Bytes position = key == null ? null : Bytes.utf8(key);
        steering = steering.with(
                new Event.PolicyRefused(PolicyKind.LOAD, "s1", null, null, code, position, "because", List.of()),
                now++);
    }

    private Refused refused() {
        return steering.refusals().get(Subject.of(PolicyKind.LOAD, "s1", null, null));
    }

    @Test
    void ofEachCodeTheLastKeysAreRemembered() {
        said("COOLDOWN", null);
        for (int i = 0; i <= Steering.KEYS; i++) {
            said("HOT_KEY", "k" + i);
        }
        assertThat(refused().said()).hasSize(1 + Steering.KEYS);
        assertThat(refused().wasSaid("COOLDOWN", null)).isTrue();
        assertThat(refused().wasSaid("HOT_KEY", Bytes.utf8("k0"))).isFalse();
        for (int i = 1; i <= Steering.KEYS; i++) {
            assertThat(refused().wasSaid("HOT_KEY", Bytes.utf8("k" + i))).isTrue();
        }
        assertThat(refused().event().key()).isEqualTo(Bytes.utf8("k" + Steering.KEYS));
    }

    /** As in events of a time when only a code's latest key was remembered. */
    @Test
    void whatWasSaidAgainIsRememberedOnceAsTheLatest() {
        said("HOT_KEY", "a");
        said("HOT_KEY", "b");
        said("HOT_KEY", "a");
        assertThat(refused().said())
                .containsExactly(new Reason("HOT_KEY", Bytes.utf8("b")), new Reason("HOT_KEY", Bytes.utf8("a")));
    }
}
