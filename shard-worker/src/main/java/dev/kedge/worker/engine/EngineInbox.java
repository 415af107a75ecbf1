package dev.kedge.worker.engine;

/**
 * The way into a shard's loop for adapters whose results arrive on other threads. It belongs to one opening of the shard: once that
 * opening is given up, what is posted goes nowhere, so no late result of an old engine ever reaches a new one.
 *
 * <p>Thread-safe; never blocks. Inputs that one thread posts in one of the two ways run in the order in which it posted them.
 */
@FunctionalInterface
public interface EngineInbox {

    void post(Input input);

    /** For work that can wait, like another shard's rows: clients' requests and acknowledgements go before it. */
    default void postBulk(Input input) {
        post(input);
    }

    /** Runs in the shard's loop. */
    @FunctionalInterface
    interface Input {
        void run(ShardEngine engine);
    }
}
