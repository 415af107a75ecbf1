package dev.kedge.model;

/** How a keyspace turns a key into a position. */
public enum Placement {
    /** The position is the 2-byte Redis Cluster slot, then the key's bytes. Tablet bounds are whole slots. */
    HASH,
    /** The position is the key's bytes. */
    RANGE;

    public Bytes position(Bytes key) {
        return switch (this) {
            case HASH -> Slots.bound(Slots.of(key)).concat(key);
            case RANGE -> key;
        };
    }

    /** The key a position stands for: the inverse of {@link #position}. */
    public Bytes key(Bytes position) {
        return switch (this) {
            case HASH -> position.slice(2, position.length());
            case RANGE -> position;
        };
    }
}
