package dev.kedge.worker.engine;

/**
 * The right to serve reads (R4): it lasts {@code leaseMillis} from the sending of the latest append that was confirmed without a hole
 * before it. Whoever takes the shard over appends first and then waits that long, so no read is served after its first write.
 */
final class Lease {
    private final Ports.Clock clock;
    private final long lengthNanos;
    /**
     * Clocks that disagree by more than this since the renewal mean that one of them stood still. Less than the margin that whoever takes
     * over waits on top of the lease: what goes unnoticed here makes the lease longer by as much.
     */
    private final long toleranceNanos;

    private boolean held;
    private long fromNanos;
    private long fromWallMillis;
    private long lastSentNanos;

    Lease(Ports.Clock clock, EngineSettings settings) {
        this.clock = clock;
        this.lengthNanos = settings.leaseMillis() * 1_000_000;
        this.toleranceNanos = settings.leaseMarginMillis() * 1_000_000 / 2;
    }

    void drop() {
        held = false;
    }

    void renewed(Pending confirmed) {
        if (!held || confirmed.sentNanos > fromNanos) {
            held = true;
            fromNanos = confirmed.sentNanos;
            fromWallMillis = confirmed.sentWallMillis;
        }
    }

    /** Whether a read whose bytes had arrived at {@code receivedNanos} may be answered. */
    boolean covers(long receivedNanos) {
        if (!held || receivedNanos - fromNanos >= lengthNanos) {
            return false;
        }
        return clocksAgree();
    }

    /** One of the clocks stands still while the machine is suspended, and the lease must not. */
    private boolean clocksAgree() {
        long monotonic = clock.monotonicNanos() - fromNanos;
        long wall = (clock.wallMillis() - fromWallMillis) * 1_000_000;
        return Math.abs(monotonic - wall) <= toleranceNanos;
    }

    void sent(long nowNanos) {
        lastSentNanos = nowNanos;
    }

    /** Whether an idle shard should append something to keep the lease. */
    boolean needsRenewal(long nowNanos) {
        return nowNanos - lastSentNanos >= lengthNanos / 3;
    }
}
