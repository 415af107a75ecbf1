package dev.kedge.worker.store;

import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** A store cannot do what was asked. The shard's log still holds everything: a store can always be built anew. */
public sealed class StoreException extends RuntimeException permits StoreMismatch {

    /** What is wrong, for those who decide what happens next. */
    public enum Reason {
        /** The disk is full; goes on once there is room. */
        FULL,
        /** The file system failed. */
        IO,
        /** The files do not fit together; only discarding the store helps. */
        CORRUPT,
        /** Another process, or another shard of this one, has the directory open. */
        IN_USE,
        /** The store was closed, or cleared while a snapshot of it was read. */
        CLOSED,
        /** The directory belongs to another shard, cell or log. */
        MISMATCH,
        /** A defect: RocksDB refused a call. */
        INTERNAL
    }

    private final Reason reason;

    StoreException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    static StoreException of(String doing, Path directory, RocksDBException e) {
        Reason reason = reason(e);
        String advice = switch (reason) {
            case FULL -> "the disk is full: make room";
            case CORRUPT -> "its files are damaged: delete the directory, the shard's log rebuilds it";
            case IN_USE -> "another process has it open: stop that worker or use another data directory";
            case IO -> "the file system failed: check disk, permissions and the limit of open files";
            case CLOSED, MISMATCH, INTERNAL -> "RocksDB refused";
        };
        return new StoreException(
                reason, "cannot " + doing + " the store " + directory + ": " + advice + " (" + e.getMessage() + ")", e);
    }

    static StoreException closed(Path directory) {
        return new StoreException(Reason.CLOSED, "the store " + directory + " is closed");
    }

    public Reason reason() {
        return reason;
    }

    private static Reason reason(RocksDBException e) {
        Status status = e.getStatus();
        if (status == null) {
            return Reason.INTERNAL;
        }
        if (status.getSubCode() == Status.SubCode.NoSpace) {
            return Reason.FULL;
        }
        // RocksDB says what went wrong only in words, and not always in the same place.
        String state = status.getState() + " " + e.getMessage();
        return switch (status.getCode()) {
            case IOError -> {
                if (state.contains("No such file")) {
                    yield Reason.CORRUPT; // the directory is there, a file that belongs in it is not
                }
                yield state.contains("No space left") ? Reason.FULL : isLock(state) ? Reason.IN_USE : Reason.IO;
            }
            case Corruption -> Reason.CORRUPT;
            case ShutdownInProgress -> Reason.CLOSED;
            default -> Reason.INTERNAL;
        };
    }

    private static boolean isLock(String state) {
        return state.contains("lock ")
                || state.contains("LOCK")
                || state.contains("No locks available")
                || state.contains("Resource temporarily unavailable");
    }
}
