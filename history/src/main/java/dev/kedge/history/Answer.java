package dev.kedge.history;

import dev.kedge.model.Bytes;
import org.jspecify.annotations.Nullable;

/** What a client was told. */
public sealed interface Answer {

    /** @param value null = the key was not there */
    record Value(@Nullable Bytes value) implements Answer {}

    record Done() implements Answer {
        public static final Done DONE = new Done();
    }

    record Changed(boolean changed) implements Answer {}

    record Sum(long value) implements Answer {}
}
