package dev.kedge.simulation;

import dev.kedge.worker.engine.Ports;

/** A machine's two clocks: they start anywhere, run a little fast or slow, and one stands still while the machine is suspended. */
final class SimClock implements Ports.Clock {
    /** The most a clock runs fast or slow by: any two differ by almost a tenth, which is what the simulated leases' margin allows (R4). */
    private static final double DRIFT = 0.047;

    private final World world;
    private final long wallSkewMillis;
    private double rate;
    private long monotonicOffsetNanos;
    private long suspendedNanos;

    SimClock(World world) {
        this.world = world;
        Scheduler scheduler = world.scheduler();
        this.rate = 1 - DRIFT + scheduler.random().nextDouble() * 2 * DRIFT;
        this.monotonicOffsetNanos = scheduler.between(-5_000_000_000L, 5_000_000_000L);
        this.wallSkewMillis = scheduler.between(-30, 30);
    }

    /** From now on, as far behind as the bound allows. */
    void runAsSlowAsAny() {
        runAt(1 - DRIFT);
    }

    /** From now on, as far ahead as the bound allows. */
    void runAsFastAsAny() {
        runAt(1 + DRIFT);
    }

    private void runAt(double next) {
        long now = monotonicNanos();
        rate = next;
        monotonicOffsetNanos += now - monotonicNanos();
    }

    void suspended(long nanos) {
        suspendedNanos += nanos;
    }

    @Override
    public long monotonicNanos() {
        return (long) ((world.scheduler().nowNanos() - suspendedNanos) * rate) + monotonicOffsetNanos;
    }

    @Override
    public long wallMillis() {
        return world.wallMillis() + wallSkewMillis;
    }
}
