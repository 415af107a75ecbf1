package dev.kedge.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a demo comes to. */
interface DemoOutcome {
    /**
     * What is there when a demo is over and should not be.
     *
     * @param running ids of processes that should have ended
     * @param data directory that should have been removed; null if it was, or was to be kept
     */
    record Remains(List<Long> running, @Nullable Path data) {
        public Remains {
            running = List.copyOf(running);
        }

        boolean nothing() {
            return running.isEmpty() && data == null;
        }
    }

    /** Whether all went well in the cell. */
    boolean isGood();

    /** Whether all went well and nothing is left: what both the exit status and the result in JSON say. */
    default boolean isGood(Remains remains) {
        return isGood() && remains.nothing();
    }

    default int exitStatus(Remains remains) {
        return isGood(remains) ? ExitStatus.OK : ExitStatus.FAILURE;
    }

    void show(DemoScreen screen, OutputOptions output, Remains remains);
}
