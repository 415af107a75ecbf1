package dev.kedge.worker.resp;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a server since its start. Thread-safe. */
final class ServerStats {
    final long startedNanos = System.nanoTime();
    final AtomicInteger connections = new AtomicInteger();
    final AtomicLong connectionsReceived = new AtomicLong();
    final LongAdder connectionsRejected = new LongAdder();
    final LongAdder commands = new LongAdder();
    final LongAdder unknownCommands = new LongAdder();
    final LongAdder errors = new LongAdder();
    final LongAdder moved = new LongAdder();
    final LongAdder protocolErrors = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    /** Requests sent on from one shard of this worker to another, because the key had moved there. */
    final LongAdder handedOn = new LongAdder();

    /** Times a connection had to wait because a shard was over its admission limit. */
    final LongAdder admissionWaits = new LongAdder();
}
