package dev.kedge.model;

/**
 * Redis Cluster's hash slots: CRC16 (XMODEM: polynomial 0x1021, initial value 0) of the key, or of its hash tag, mod 16384.
 * Source: the Redis Cluster specification, "Key distribution model" and "Hash tags".
 */
public final class Slots {
    public static final int COUNT = 16384;
    private static final int[] TABLE = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
            TABLE[i] = crc & 0xffff;
        }
    }

    private Slots() {}

    /** The slot of a key: of what stands between the first '{' and the next '}' if that is not empty, else of all of it. */
    public static int of(Bytes key) {
        byte[] bytes = key.array();
        int from = 0;
        int to = bytes.length;
        int open = indexOf(bytes, '{', 0);
        if (open >= 0) {
            int close = indexOf(bytes, '}', open + 1);
            if (close > open + 1) {
                from = open + 1;
                to = close;
            }
        }
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc = ((crc << 8) ^ TABLE[((crc >>> 8) ^ bytes[i]) & 0xff]) & 0xffff;
        }
        return crc & (COUNT - 1);
    }

    /** The first position of a slot. {@code bound(0)} written with two bytes; the start of the keyspace is empty bytes. */
    public static Bytes bound(int slot) {
        return Bytes.wrap(new byte[] {(byte) (slot >>> 8), (byte) slot});
    }

    /** The slot a HASH position (or two-byte bound) belongs to; the empty start of the keyspace is slot 0. */
    public static int slotOf(Bytes position) {
        if (position.length() < 2) {
            return 0;
        }
        return ((position.at(0) & 0xff) << 8) | (position.at(1) & 0xff);
    }

    private static int indexOf(byte[] bytes, char wanted, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
