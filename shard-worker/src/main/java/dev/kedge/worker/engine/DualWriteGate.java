package dev.kedge.worker.engine;

import java.util.ArrayDeque;

/**
 * Holds the acknowledgements of writes to a tablet until the replica has applied them too. Bounds how far the replica can fall behind:
 * writers are braked. Safety does not rest on it, so the owner acknowledges alone when the replica stays silent, and a write that has waited
 * for the timeout while the replica moves on: one that is far behind brakes writers to as many writes per timeout as they have in flight,
 * and keeps none of them longer.
 */
final class DualWriteGate {
    private record Held(long offset, long sinceNanos, Runnable reply) {}

    final Span span;
    final String migration;
    final int attempt;
    private final long timeoutNanos;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private long replicaPosition;
    private long heardNanos;
    private boolean released;

    DualWriteGate(Span span, String migration, int attempt, int timeoutMillis, long nowNanos) {
        this.span = span;
        this.migration = migration;
        this.attempt = attempt;
        this.timeoutNanos = timeoutMillis * 1_000_000L;
        this.heardNanos = nowNanos;
    }

    /** Runs {@code reply} once the replica has applied the log through {@code offset}. */
    void hold(long offset, long nowNanos, Runnable reply) {
        if (released || offset < replicaPosition) {
            reply.run();
        } else {
            held.add(new Held(offset, nowNanos, reply));
        }
    }

    void progress(long position, long nowNanos) {
        if (position <= replicaPosition) {
            return; // a replica that talks but does not move is as good as a silent one
        }
        heardNanos = nowNanos;
        replicaPosition = position;
        while (!held.isEmpty() && held.peek().offset < replicaPosition) {
            held.poll().reply.run();
        }
    }

    /** Lets go what has waited too long; true once, if the replica got nowhere meanwhile. */
    boolean timedOut(long nowNanos) {
        Held oldest = held.peek();
        if (released || oldest == null) {
            return false;
        }
        if (nowNanos - Math.max(heardNanos, oldest.sinceNanos) >= timeoutNanos) {
            release();
            return true;
        }
        while (!held.isEmpty() && nowNanos - held.peek().sinceNanos >= timeoutNanos) {
            held.poll().reply.run();
        }
        return false;
    }

    /**
     * Every write held is in this shard's log, and whoever owns the tablet next reads that log through the fence. A write that comes after
     * this (it was held by another tablet's gate first) is not held any more: nobody would let it go.
     */
    void release() {
        released = true;
        while (!held.isEmpty()) {
            held.poll().reply.run();
        }
    }
}
