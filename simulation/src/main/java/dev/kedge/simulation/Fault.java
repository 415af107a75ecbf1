package dev.kedge.simulation;

/** What goes wrong on purpose. */
public enum Fault {
    /** kill -9; the disk stays, without what was not flushed. */
    WORKER_CRASH,
    /** kill -9, and the disk is gone. */
    WORKER_CRASH_WITHOUT_DISK,
    /** kill -9, and nobody starts it again for so long that its shards are opened elsewhere; some never come back. */
    WORKER_DEATH,
    /** Stands still for so long that its shards are opened elsewhere, and wakes up as a zombie. */
    WORKER_LONG_PAUSE,
    /** Stopped in good order and started again. */
    WORKER_RESTART,
    /** Stands still while time goes on, like a long garbage collection. */
    WORKER_PAUSE,
    /** Stands still and its monotonic clock with it, like a suspended machine. */
    WORKER_SUSPEND,
    /** Nothing gets from it to Kafka or back, while clients still reach it: a zombie. */
    WORKER_CUT_OFF,
    /** Its reports get nowhere for so long that its shards are opened elsewhere, while it knows nothing of that and serves: a zombie with a lease. */
    WORKER_REPORTS_LOST,
    /** Nothing gets from one client to one worker or back. */
    CLIENT_CUT_OFF,
    ORCHESTRATOR_CRASH,
    /** A crash with a transaction under way, which may or may not be committed. */
    ORCHESTRATOR_CRASH_IN_COMMIT,
    ORCHESTRATOR_PAUSE,
    CLIENT_RESTART,
    /** One log answers slowly for a while. */
    SLOW_LOG,
    /** One log is without a leader for a while: appends wait, get stuck in one producer, or fail, and may be there nevertheless. */
    LEADER_CHANGE,
    /** The record is in the log, the sender is told that it failed. */
    LOST_ACKNOWLEDGEMENT,
    /** The sender is told that it failed, and the record arrives later. */
    LATE_APPEND,
    /** The record never arrives. */
    FAILED_APPEND,
    /** Acknowledged without an offset. */
    ACKNOWLEDGED_WITHOUT_OFFSET,
    /** A reader of a control topic gets nothing for a while. */
    DELAYED_DELIVERY,
    /** A record of a control topic comes twice. */
    DUPLICATED_DELIVERY,
    /** A client's connection breaks with its request under way. */
    BROKEN_CONNECTION,
    FAILED_READ,
    FAILED_DIGEST,
    /** A log is compacted as far as its settings allow. */
    COMPACTION,
    /** Compaction removes a tombstone. */
    TOMBSTONE_EXPIRY
}
