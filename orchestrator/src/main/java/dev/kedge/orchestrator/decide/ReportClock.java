package dev.kedge.orchestrator.decide;

/**
 * The clock by which a worker's silence is measured. It runs only while workers report: what Kafka or the control plane itself stood still is
 * held against nobody, and a control plane that has just started has heard nothing yet. Immutable.
 *
 * @param millis what it shows
 * @param lastMillis when the latest heartbeat came; 0 before the first
 * @param sinceMillis since when this control plane has been there to listen, without standing still itself; 0 before its first tick
 * @param tickMillis its latest tick
 * @param silenceTold whether it was said that nobody reports
 */
record ReportClock(long millis, long lastMillis, long sinceMillis, long tickMillis, boolean silenceTold) {
    static final ReportClock STOPPED = new ReportClock(0, 0, 0, 0, false);

    /**
     * A heartbeat of any worker came.
     *
     * @param longestGapMillis a longer time between two heartbeats is taken for a standstill, and counts as this
     */
    ReportClock heartbeat(long atMillis, long longestGapMillis) {
        if (lastMillis == 0) {
            return new ReportClock(millis, atMillis, sinceMillis, tickMillis, false);
        }
        long gap = Math.max(0, atMillis - lastMillis);
        return new ReportClock(
                millis + Math.min(gap, longestGapMillis),
                Math.max(lastMillis, atMillis),
                sinceMillis,
                tickMillis,
                false);
    }

    /** @param longestGapMillis a longer time between two ticks: this control plane stood still, whoever else may have */
    ReportClock ticked(long nowMillis, long longestGapMillis) {
        boolean stoodStill = sinceMillis == 0 || nowMillis - tickMillis > longestGapMillis;
        return new ReportClock(millis, lastMillis, stoodStill ? nowMillis : sinceMillis, nowMillis, silenceTold);
    }

    ReportClock told() {
        return new ReportClock(millis, lastMillis, sinceMillis, tickMillis, true);
    }

    /** Whether heartbeats flow: one that is read from a backlog tells nothing about who lives now. */
    boolean isRunning(long nowMillis, long longestGapMillis) {
        return lastMillis != 0 && nowMillis - lastMillis <= longestGapMillis;
    }

    /** For how long nobody has reported, as far as this control plane was there to hear it. */
    long silentMillis(long nowMillis) {
        return sinceMillis == 0 ? 0 : nowMillis - Math.max(lastMillis, sinceMillis);
    }
}
