package dev.kedge.cli;

import java.util.List;

/** What a demo comes to. */
interface DemoOutcome {
    boolean isGood();

    /** @param leftRunning ids of processes that should have ended */
    void show(DemoScreen screen, OutputOptions output, List<Long> leftRunning);
}
