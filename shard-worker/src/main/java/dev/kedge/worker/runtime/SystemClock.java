package dev.kedge.worker.runtime;

import dev.kedge.worker.engine.Ports;

/** The machine's clocks. On Linux the monotonic one stands still while the machine is suspended, which is what R4 allows for. */
final class SystemClock implements Ports.Clock {
    @Override
    public long monotonicNanos() {
        return System.nanoTime();
    }

    @Override
    public long wallMillis() {
        return System.currentTimeMillis();
    }
}
