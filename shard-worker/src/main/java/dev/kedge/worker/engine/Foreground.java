package dev.kedge.worker.engine;

/**
 * What this shard's clients wait for their answers, interval by interval. Measured only while a copy from or to the shard heeds it: the
 * rest of the time a request costs nothing here.
 */
final class Foreground {
    static final long INTERVAL_NANOS = 1_000_000_000;

    /**
     * One interval.
     *
     * @param number rises by one each time
     * @param requests answered
     * @param p99Micros 99% of them took at most this; 0 if there were none
     */
    record Window(long number, long nanos, long requests, long p99Micros) {}

    private final Ports.Clock clock;
    private boolean measuring;
    private Latencies current = new Latencies();
    private long sinceNanos;
    private Window last = new Window(0, 0, 0, 0);

    Foreground(Ports.Clock clock) {
        this.clock = clock;
    }

    void measure(boolean wanted) {
        if (wanted && !measuring) {
            current = new Latencies();
            sinceNanos = clock.monotonicNanos();
        }
        measuring = wanted;
    }

    /** The request, timed if that is of use now. */
    Request timed(Request request) {
        if (!measuring || !(request.operation() instanceof Operation.Keyed)) {
            return request;
        }
        return new Request(request.operation(), request.receivedNanos(), request.replicaRead(), reply -> {
            if (!(reply instanceof Reply.Moved) && !(reply instanceof Reply.Failed)) {
                current.add((clock.monotonicNanos() - request.receivedNanos()) / 1_000);
            }
            request.replies().reply(reply);
        });
    }

    /** Ends the interval if it is over; true if it did. */
    boolean tick() {
        long now = clock.monotonicNanos();
        if (!measuring || now - sinceNanos < INTERVAL_NANOS) {
            return false;
        }
        last = new Window(last.number + 1, now - sinceNanos, current.count(), current.p99Micros());
        current = new Latencies();
        sinceNanos = now;
        return true;
    }

    /** The last interval that has ended. */
    Window last() {
        return last;
    }
}
