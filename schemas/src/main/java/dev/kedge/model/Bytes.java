package dev.kedge.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string, ordered as unsigned bytes (the order of RocksDB and of every keyspace). Thread-safe.
 *
 * <p>{@link #wrap} and {@link #array} share the array with the caller, who must not change it: keys and values pass
 * through the hot paths without a copy.
 */
public final class Bytes implements Comparable<Bytes> {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] array;
    private int hash;

    private Bytes(byte[] array) {
        this.array = array;
    }

    /** Shares {@code array}; the caller gives it up. */
    public static Bytes wrap(byte[] array) {
        return new Bytes(array);
    }

    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws IllegalArgumentException if {@code hex} is not an even number of hex digits */
    public static Bytes hex(String hex) {
        return new Bytes(HexFormat.of().parseHex(hex));
    }

    /** The shared array; must not be changed. */
    public byte[] array() {
        return array;
    }

    public int length() {
        return array.length;
    }

    public byte at(int index) {
        return array[index];
    }

    public Bytes slice(int from, int to) {
        return new Bytes(Arrays.copyOfRange(array, from, to));
    }

    public Bytes concat(Bytes other) {
        byte[] joined = Arrays.copyOf(array, array.length + other.array.length);
        System.arraycopy(other.array, 0, joined, array.length, other.array.length);
        return new Bytes(joined);
    }

    /** The least that is greater than this. */
    public Bytes successor() {
        return new Bytes(Arrays.copyOf(array, array.length + 1));
    }

    public boolean startsWith(Bytes prefix) {
        return array.length >= prefix.array.length
                && Arrays.equals(array, 0, prefix.array.length, prefix.array, 0, prefix.array.length);
    }

    public String toHex() {
        return HexFormat.of().formatHex(array);
    }

    /** The bytes read as UTF-8. */
    public String toUtf8() {
        return new String(array, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(array, other.array);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            h = Arrays.hashCode(array);
            hash = h;
        }
        return h;
    }

    /** Readable text where all bytes are printable ASCII, {@code 0x...} otherwise. */
    @Override
    public String toString() {
        for (byte b : array) {
            if (b < 0x20 || b > 0x7e) {
                return "0x" + toHex();
            }
        }
        return array.length == 0 ? "0x" : new String(array, StandardCharsets.US_ASCII);
    }
}
