package dev.kedge.schemas.shard;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;

/**
 * Keys of shard logs and stores. Data: {@code 0x01, keyspace id (4 bytes, big-endian), position}. Control: {@code 0x00},
 * then bytes unique to the record (keep-alives share one), so that compaction never removes a judge (R7).
 */
public final class ShardKeys {
    public static final int DATA_PREFIX_LENGTH = 5;
    private static final byte CONTROL = 0;
    private static final byte DATA = 1;

    private ShardKeys() {}

    public static Bytes data(int keyspaceId, Bytes position) {
        byte[] p = position.array();
        byte[] key = new byte[DATA_PREFIX_LENGTH + p.length];
        prefix(key, keyspaceId);
        System.arraycopy(p, 0, key, DATA_PREFIX_LENGTH, p.length);
        return Bytes.wrap(key);
    }

    public static boolean isData(Bytes key) {
        return key.length() >= DATA_PREFIX_LENGTH && key.at(0) == DATA;
    }

    public static int keyspaceId(Bytes dataKey) {
        byte[] k = dataKey.array();
        return ((k[1] & 0xff) << 24) | ((k[2] & 0xff) << 16) | ((k[3] & 0xff) << 8) | (k[4] & 0xff);
    }

    public static Bytes position(Bytes dataKey) {
        return dataKey.slice(DATA_PREFIX_LENGTH, dataKey.length());
    }

    /** The first data key of a range: inclusive lower bound for a store scan. */
    public static Bytes lower(int keyspaceId, KeyRange range) {
        return data(keyspaceId, range.start());
    }

    /** Exclusive upper bound for a store scan. */
    public static Bytes upper(int keyspaceId, KeyRange range) {
        Bytes end = range.end();
        return end == null ? data(keyspaceId + 1, Bytes.EMPTY) : data(keyspaceId, end);
    }

    /** A control key no other record has: the opening and a number unique within it. */
    public static Bytes control(char type, long epoch, long incarnation, long sequence) {
        byte[] key = new byte[26];
        key[0] = CONTROL;
        key[1] = (byte) type;
        putLong(key, 2, epoch);
        putLong(key, 10, incarnation);
        putLong(key, 18, sequence);
        return Bytes.wrap(key);
    }

    /** The key of all keep-alives. */
    public static Bytes keepAlive() {
        return Bytes.wrap(new byte[] {CONTROL, 'K'});
    }

    /** The key of an attempt's progress records: each replaces the one before, none judges anything. */
    public static Bytes progress(String migration, int attempt) {
        return Bytes.wrap(new byte[] {CONTROL, 'P'}).concat(Bytes.utf8(migration + "/" + attempt));
    }

    private static void prefix(byte[] key, int keyspaceId) {
        key[0] = DATA;
        key[1] = (byte) (keyspaceId >>> 24);
        key[2] = (byte) (keyspaceId >>> 16);
        key[3] = (byte) (keyspaceId >>> 8);
        key[4] = (byte) keyspaceId;
    }

    private static void putLong(byte[] to, int at, long value) {
        for (int i = 0; i < 8; i++) {
            to[at + i] = (byte) (value >>> (56 - 8 * i));
        }
    }
}
