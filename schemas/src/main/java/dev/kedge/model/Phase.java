package dev.kedge.model;

/** The phases of a migration, as in docs/protocol.md. The last three are terminal. */
public enum Phase {
    PLANNED,
    COPYING,
    CATCHING_UP,
    DUAL_WRITE,
    VERIFYING,
    CUTOVER,
    ROLLBACK_WINDOW,
    CLEANUP,
    COMPLETED,
    ABORTED,
    ROLLED_BACK;

    public boolean isTerminal() {
        return compareTo(COMPLETED) >= 0;
    }

    /** Phases in which the replica follows the owner's log. */
    public boolean isReplicating() {
        return switch (this) {
            case COPYING, CATCHING_UP, DUAL_WRITE, VERIFYING, ROLLBACK_WINDOW -> true;
            case PLANNED, CUTOVER, CLEANUP, COMPLETED, ABORTED, ROLLED_BACK -> false;
        };
    }

    /** Phases in which the owner acknowledges a write only when the replica has applied it too. */
    public boolean isDualWriting() {
        return this == DUAL_WRITE || this == VERIFYING;
    }
}
