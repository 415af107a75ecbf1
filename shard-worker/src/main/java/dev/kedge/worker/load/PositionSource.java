package dev.kedge.worker.load;

import dev.kedge.model.Positions;
import dev.kedge.worker.engine.Span;
import java.util.function.Consumer;

/** Tells where a shard's rows lie. */
@FunctionalInterface
public interface PositionSource {
    PositionSource NONE = (span, points, then) -> {};

    /**
     * In the shard's loop; does not wait.
     *
     * @param then told, on any thread, unless the store is closed meanwhile
     * @throws java.util.concurrent.RejectedExecutionException if too much is being asked: later then
     */
    void sample(Span span, int points, Consumer<Positions> then);
}
