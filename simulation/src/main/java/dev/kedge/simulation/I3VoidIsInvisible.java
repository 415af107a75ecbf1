package dev.kedge.simulation;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.model.Bytes;

/** I3: what clients read was written by a write that counts: never by a void record, nor by an import of an attempt that was dropped. */
final class I3VoidIsInvisible extends Invariant {
    private final I2AcknowledgedWritesSurvive writes;

    I3VoidIsInvisible(I2AcknowledgedWritesSurvive writes) {
        this.writes = writes;
    }

    @Override
    void answered(Bytes dataKey, Action action, Answer answer) {
        if (answer instanceof Answer.Value value && value.value() != null && !writes.isKnown(dataKey, value.value())) {
            throw violated("a client read " + value.value() + " under " + dataKey
                    + ", which no write that counts has ever put there");
        }
    }
}
