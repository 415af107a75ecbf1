package dev.kedge.simulation;

/** Something that can crash, pause and be started again. What it had planned in one life does not happen in the next. */
final class SimProcess {
    private final String name;
    private int life;
    private boolean alive;
    private long pausedUntilNanos;

    SimProcess(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    int life() {
        return life;
    }

    boolean isAlive() {
        return alive;
    }

    boolean isPaused(long nowNanos) {
        return pausedUntilNanos > nowNanos;
    }

    long pausedUntilNanos() {
        return pausedUntilNanos;
    }

    void start() {
        life++;
        alive = true;
        pausedUntilNanos = 0;
    }

    void kill() {
        life++;
        alive = false;
        pausedUntilNanos = 0;
    }

    void pauseUntil(long nanos) {
        pausedUntilNanos = Math.max(pausedUntilNanos, nanos);
    }
}
