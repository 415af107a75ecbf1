package dev.kedge.simulation;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Logged;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * I2: an acknowledged write is in a log and counts there, at the moment of the acknowledgement. That it also survives shows in the history
 * ({@link I4Linearizable}), which ends with a read of every key.
 */
final class I2AcknowledgedWritesSurvive extends Invariant {
    private record Written(Bytes dataKey, @Nullable Bytes value) {}

    private final Set<Written> counted = new HashSet<>();

    @Override
    void appended(LogTruth log, Logged logged, Judge.Verdict verdict) {
        if (verdict == Judge.Verdict.VALID && logged.record() instanceof ShardRecord.Change change) {
            byte[] value = change.value();
            counted.add(new Written(logged.key(), value == null ? null : Bytes.wrap(value)));
        }
    }

    @Override
    void answered(Bytes dataKey, Action action, Answer answer) {
        switch (action) {
            case Action.Read read -> {}
            case Action.Write write -> require(dataKey, write.value(), action);
            case Action.Increment i -> {
                if (answer instanceof Answer.Sum sum) {
                    require(dataKey, Bytes.utf8(Long.toString(sum.value())), action);
                }
            }
            case Action.SetIf set -> {
                if (isChanged(answer)) {
                    require(dataKey, set.value(), action);
                }
            }
            case Action.Delete delete -> {
                if (isChanged(answer)) {
                    require(dataKey, null, action);
                }
            }
        }
    }

    /** Whether the value was ever written by a write that counts. */
    boolean isKnown(Bytes dataKey, Bytes value) {
        return counted.contains(new Written(dataKey, value));
    }

    private static boolean isChanged(Answer answer) {
        return answer instanceof Answer.Changed changed && changed.changed();
    }

    private void require(Bytes dataKey, @Nullable Bytes value, Action action) {
        if (!counted.contains(new Written(dataKey, value))) {
            throw violated(action + " of " + dataKey + " was acknowledged, but no log counts it");
        }
    }
}
