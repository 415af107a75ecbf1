package dev.kedge.worker.engine;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The validity states of a source's log between what is applied here and what has been read: one per change (R7). */
final class SourceStates {
    private record State(long from, byte @Nullable [] saved) {}

    private final ArrayDeque<State> states = new ArrayDeque<>();

    SourceStates(long from, byte @Nullable [] saved) {
        states.add(new State(from, saved));
    }

    /** The state of a reader that goes on at {@code from}. */
    void changed(long from, byte[] saved) {
        states.add(new State(from, saved));
    }

    /** The state as of {@code position}; earlier ones are forgotten. */
    byte @Nullable [] at(long position) {
        State current = states.getFirst();
        while (!states.isEmpty() && states.getFirst().from <= position) {
            current = states.removeFirst();
        }
        states.addFirst(current);
        return current.saved;
    }
}
