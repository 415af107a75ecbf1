package dev.kedge.worker.engine;

import dev.kedge.model.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client asks of a shard. Keys are data keys ({@code ShardKeys.data}); all of one operation lie on one shard. */
public sealed interface Operation {

    /** Operations that name keys. */
    sealed interface Keyed extends Operation {
        List<Bytes> keys();
    }

    /** Operations that change something. */
    sealed interface Write extends Keyed {}

    /** Answered by {@link Reply.Value}. */
    record Get(Bytes key) implements Keyed {
        @Override
        public List<Bytes> keys() {
            return List.of(key);
        }
    }

    /** Answered by {@link Reply.Values}. */
    record MultiGet(List<Bytes> keys) implements Keyed {}

    /** Answered by {@link Reply.Int}: how many of the keys exist, a key named twice counted twice. */
    record Exists(List<Bytes> keys) implements Keyed {}

    /** Answered by {@link Reply.Int}: the value's length in bytes, 0 if absent. */
    record StringLength(Bytes key) implements Keyed {
        @Override
        public List<Bytes> keys() {
            return List.of(key);
        }
    }

    enum Condition {
        ALWAYS,
        IF_ABSENT,
        IF_PRESENT,
        IF_EQUAL
    }

    /**
     * Answered by {@link Reply.Ok} if set, {@link Reply.Value} null if the condition did not hold; with {@code returnOld}
     * by {@link Reply.Value} holding the old value either way.
     *
     * @param expected the value IF_EQUAL compares with; null otherwise
     */
    record Set(
            Bytes key,
            Bytes value,
            Condition condition,
            @Nullable Bytes expected,
            boolean returnOld) implements Write {
        @Override
        public List<Bytes> keys() {
            return List.of(key);
        }
    }

    /** Sets each key; each key by itself is atomic. Answered by {@link Reply.Ok}. */
    record MultiSet(List<Bytes> keys, List<Bytes> values) implements Write {}

    /** Answered by {@link Reply.Int}: how many keys were there. */
    record Delete(List<Bytes> keys) implements Write {}

    /** Answered by {@link Reply.Int}: the new value. */
    record Increment(Bytes key, long delta) implements Write {
        @Override
        public List<Bytes> keys() {
            return List.of(key);
        }
    }

    /** Answered by {@link Reply.Int}: the new length. */
    record Append(Bytes key, Bytes suffix) implements Write {
        @Override
        public List<Bytes> keys() {
            return List.of(key);
        }
    }

    /** Answered by {@link Reply.Value}: the value that was there. */
    record GetDelete(Bytes key) implements Write {
        @Override
        public List<Bytes> keys() {
            return List.of(key);
        }
    }

    /**
     * Lists keys this shard owns in {@code [from, to)}, in order. Answered by {@link Reply.Keys}.
     *
     * @param limit how many keys to look at in one call, at most
     */
    record Scan(Bytes from, Bytes to, int limit) implements Operation {}

    /** Counts the keys this shard owns in {@code [from, to)} as of one moment. Answered by {@link Reply.Int}. */
    record Count(Bytes from, Bytes to) implements Operation {}
}
