package dev.kedge.worker.store;

/**
 * Limits of all the stores of one worker together.
 *
 * @param memoryBytes native memory for memtables, cached blocks, indexes and filters of all stores. RocksDB takes some 10-20%
 *     more for compactions and open files
 * @param openFilesPerStore table files one store keeps open
 * @param backgroundThreads threads that flush and compact, for all stores together
 */
public record StoreSettings(long memoryBytes, int openFilesPerStore, int backgroundThreads) {
    public static final long MIN_MEMORY_BYTES = 16L << 20;

    public StoreSettings {
        if (memoryBytes < MIN_MEMORY_BYTES) {
            throw new IllegalArgumentException("store memory of " + memoryBytes + " bytes is too small: give at least "
                    + MIN_MEMORY_BYTES + " (16 MiB)");
        }
        if (openFilesPerStore < 16) {
            throw new IllegalArgumentException(
                    "a store needs at least 16 open files, " + openFilesPerStore + " were given");
        }
        if (backgroundThreads < 2) {
            throw new IllegalArgumentException(
                    "stores need at least 2 background threads, one to flush and one to compact");
        }
    }

    /** Defaults but for the memory. */
    public static StoreSettings ofMemory(long memoryBytes) {
        return new StoreSettings(memoryBytes, 256, 2);
    }

    /** All memtables of all stores together. Charged to the block cache, so part of {@link #memoryBytes}. */
    long memtableBytes() {
        return memoryBytes * 2 / 5;
    }

    /** One memtable. Several of a store may wait for their flush, and several stores share the budget. */
    long memtableBytesOfOne() {
        return Math.clamp(memtableBytes() / 4, 1L << 20, 64L << 20);
    }
}
