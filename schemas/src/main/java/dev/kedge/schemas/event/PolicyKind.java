package dev.kedge.schemas.event;

/** What a policy looks after. */
public enum PolicyKind {
    /** No shard holds more than it should. */
    SIZE,
    /** No shard serves more than it should. */
    LOAD,
    /** Shards and workers have even parts of the whole. */
    DISTRIBUTION,
    /** What was cut and needs no cut any more is joined. */
    MERGE,
    /** Nothing is left on a worker that is being drained. Makes no proposals: an operator asked for it. */
    DRAIN
}
