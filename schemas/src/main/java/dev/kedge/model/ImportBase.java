package dev.kedge.model;

/** What an import attempt starts from. */
public enum ImportBase {
    /** Nothing: the range is cleared and the source's log is replayed from the start given. */
    FRESH,
    /** The rows kept since this shard's own fence: only what the other side logged after taking over is replayed. */
    KEPT
}
