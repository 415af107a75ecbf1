package dev.kedge.simulation;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.worker.engine.Judge;
import dev.kedge.worker.engine.Logged;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that must hold after every step. Told of everything that can break it at the moment it happens; throws if it is broken. */
abstract class Invariant {
    /** A record has got its place in a log, and its verdict there. */
    void appended(LogTruth log, Logged logged, Judge.Verdict verdict) {}

    /** A transaction of the control plane was committed. */
    void decided(List<EventEnvelope> events, List<RoutingChange> routing) {}

    /** A client was told something. */
    void answered(Bytes dataKey, Action action, Answer answer) {}

    /** A replica has answered somebody who takes stale answers. */
    void staleAnswered(StaleReader.Asked asked, @Nullable Bytes value) {}

    /** A shard's engine has worked. */
    void touched(SimHost host) {}

    void afterStep() {}

    /** Everything is at rest. */
    void atEnd() {}

    final InvariantViolation violated(String what) {
        return new InvariantViolation(getClass().getSimpleName(), what);
    }
}
