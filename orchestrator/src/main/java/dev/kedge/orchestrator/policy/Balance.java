package dev.kedge.orchestrator.policy;

/**
 * How even a cell is. A worker's part of the whole is 1/workers, a shard's is its worker's by its shards; how full one is, is what it has
 * over its part. 0 is perfect, 0.5 means half as much again as its part, or as little as half of it.
 *
 * @param shards how far the shard is off that is farthest off, by whichever of size and load is balanced
 * @param workers the same for workers
 * @param fullest how far above its part the fullest shard is
 * @param emptiest how far below its part the emptiest shard is
 * @param bySize whether sizes are balanced: there is enough data
 * @param byLoad whether load is balanced: there is enough load. With neither, numbers of tablets are
 */
public record Balance(double shards, double workers, double fullest, double emptiest, boolean bySize, boolean byLoad) {
    /** Of a cell with at most one shard. */
    public static final Balance EVEN = new Balance(0, 0, 0, 0, false, false);
}
