package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer to an {@link Operation}. */
public sealed interface Reply {

    record Ok() implements Reply {
        public static final Ok OK = new Ok();
    }

    record Value(@Nullable Bytes value) implements Reply {
        public static final Value NONE = new Value(null);
    }

    /** In the order asked; absent keys are null. */
    record Values(List<@Nullable Bytes> values) implements Reply {}

    record Int(long value) implements Reply {}

    /** @param next data key to go on from; null at the end of what this shard owns in the range asked */
    record Keys(List<Bytes> keys, @Nullable Bytes next) implements Reply {}

    /** The key's tablet is owned by {@code shard}; nothing was done. */
    record Moved(Bytes key, String shard) implements Reply {}

    /** @param message why, without what {@code failure} says already */
    record Failed(Failure failure, String message) implements Reply {}

    /** Why an operation failed. All but INDETERMINATE mean that nothing was done. */
    enum Failure {
        /** Not now: the shard opens, or the tablet is changing hands; the same request may succeed soon. */
        TRY_AGAIN,
        /** The keys are not all owned by this shard. */
        CROSS_SLOT,
        /** No shard is known to own the key. */
        UNOWNED,
        NOT_AN_INTEGER,
        OVERFLOW,
        TOO_LARGE,
        /** The write may or may not have taken effect, and may still. */
        INDETERMINATE
    }
}
