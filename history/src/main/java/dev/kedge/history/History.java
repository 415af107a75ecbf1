package dev.kedge.history;

import dev.kedge.model.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records what clients asked and were told, and when. Thread-safe; one clock for all ({@code System::nanoTime}, or logical time).
 *
 * <p>Each call is ended by exactly one of {@link Call#ok}, {@link Call#failed} and {@link Call#indeterminate}; one that never ends
 * counts as indeterminate.
 */
public final class History {
    private final LongSupplier clock;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

    public History(LongSupplier clock) {
        this.clock = clock;
    }

    /** To be called right before the request leaves. */
    public Call invoke(Bytes key, Action action) {
        Call call = new Call(key, action);
        calls.add(call);
        return call;
    }

    /** How many calls were recorded. */
    public int size() {
        return calls.size();
    }

    /** All operations that may have had an effect or say something about the state: without those that failed and unanswered reads. */
    public List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        for (Call call : calls) {
            Operation operation = call.toOperation();
            if (operation != null) {
                operations.add(operation);
            }
        }
        return operations;
    }

    /** An operation under way. Ended by the thread that began it, or by another that took it over. */
    public final class Call {
        private final Bytes key;
        private final Action action;
        private final long invoked;
        private volatile Ending ending = Ending.OPEN;
        private @Nullable Answer answer;
        private long returned = Long.MAX_VALUE;

        private Call(Bytes key, Action action) {
            this.key = key;
            this.action = action;
            this.invoked = clock.getAsLong();
        }

        public void ok(Answer given) {
            answer = given;
            end(Ending.OK);
        }

        /** It certainly had no effect, and never will. */
        public void failed() {
            end(Ending.FAILED);
        }

        /** It may have had an effect, or may still. */
        public void indeterminate() {
            end(Ending.INDETERMINATE);
        }

        private void end(Ending how) {
            if (ending != Ending.OPEN) {
                throw new IllegalStateException(
                        action + " of key " + key + " ended twice: " + ending + ", then " + how);
            }
            returned = clock.getAsLong();
            ending = how;
        }

        private @Nullable Operation toOperation() {
            return switch (ending) {
                case OK -> new Operation(key, action, answer, invoked, returned);
                case FAILED -> null;
                case OPEN, INDETERMINATE ->
                    action instanceof Action.Read ? null : new Operation(key, action, null, invoked, Long.MAX_VALUE);
            };
        }
    }

    private enum Ending {
        OPEN,
        OK,
        FAILED,
        INDETERMINATE
    }
}
