package dev.kedge.worker.store;

/** The directory holds the store of another shard, cell or log. Nothing in it was touched. */
public final class StoreMismatch extends StoreException {
    StoreMismatch(String message) {
        super(Reason.MISMATCH, message);
    }
}
