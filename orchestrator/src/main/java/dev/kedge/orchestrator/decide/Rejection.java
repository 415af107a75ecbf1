package dev.kedge.orchestrator.decide;

/** Why commands are rejected. The names are stable: they stand in {@code CommandRejected} events and in scripts. */
public enum Rejection {
    UNREADABLE_COMMAND,
    BAD_NAME,
    KEYSPACE_EXISTS,
    UNKNOWN_KEYSPACE,
    BAD_TABLETS,
    BOUND_NOT_A_SLOT,
    BOUND_TOO_LONG,
    UNKNOWN_WORKER,
    /** Something is to go to a worker that is being emptied. */
    WORKER_DRAINING,
    /** A drain without anywhere to go. */
    NO_OTHER_WORKER,
    SHARD_EXISTS,
    UNKNOWN_SHARD,
    SHARD_NOT_READY,
    SAME_SHARD,
    RANGE_EMPTY,
    RANGE_NOT_OWNED,
    RANGE_SPANS_SHARDS,
    OVERLAPS_MIGRATION,
    BAD_OPTION,
    TOO_MANY_TABLETS,
    SPLIT_AT_BOUND,
    UNKNOWN_BOUND,
    FIRST_TABLET,
    DIFFERENT_OWNERS,
    TABLET_IN_MIGRATION,
    UNKNOWN_MIGRATION,
    MIGRATION_OVER,
    /** Pausing a cutover or a cleanup. */
    NOT_PAUSABLE,
    /** Abort after the routing record that moves the range: use rollback. */
    PAST_COMMIT_POINT,
    /** Rollback before it: use abort. */
    NOT_COMMITTED,
    /** Rollback while the cutover is under way. */
    NOT_SERVED_YET,
    WINDOW_OVER,
    /** The way back was lost for good. */
    ROLLBACK_BROKEN,
    /** Finish outside of the rollback window. */
    NOT_IN_WINDOW,
    READ_REPLICA_EXISTS,
    /** It has to be gone before it can be added again. */
    READ_REPLICA_LEAVING,
    NO_READ_REPLICA,
    TOO_MANY_READ_REPLICAS,
    /** A split, a merge, or a migration of another range than the whole tablet. */
    TABLET_HAS_READ_REPLICAS,
    /** A migration to a shard that follows the tablet. */
    HOLDS_READ_REPLICA,
    BAD_POLICY,
    UNKNOWN_PROPOSAL,
    PROPOSAL_OVER,
    /** Turning down what is being carried out already: abort its migration. */
    PROPOSAL_UNDER_WAY,
    /** Approving in mode ADVISE. */
    NOT_APPROVABLE,
    /** Rebalancing while no load, or not enough of it, was reported. */
    LOAD_UNKNOWN
}
