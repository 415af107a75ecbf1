package dev.kedge.model;

/** Where a read replica stands. */
public enum ReadReplicaState {
    /** It has not reached the owner's end of log yet, as of the start of its attempt. */
    COPYING,
    /** It follows closely; clients are told of it. */
    FOLLOWING,
    /** Its shard removes the rows. */
    LEAVING
}
