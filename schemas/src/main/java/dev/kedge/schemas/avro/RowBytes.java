package dev.kedge.schemas.avro;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Avro's binary encoding of longs, strings and bytes into an array of exactly the right length, and back. Used once. */
final class RowBytes {
    private final byte[] bytes;
    private int at;

    RowBytes(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /** Bytes {@link #putLong} takes: 7 bits of the zigzag form in each. */
    static int lengthOf(long value) {
        return (70 - Long.numberOfLeadingZeros(zigzag(value) | 1)) / 7;
    }

    static int lengthOf(byte[] value) {
        return lengthOf(value.length) + value.length;
    }

    /** Also Avro's form of an int, and of the index of a union's branch. */
    void putLong(long value) {
        long rest = zigzag(value);
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    void putBytes(byte[] value) {
        putLong(value.length);
        System.arraycopy(value, 0, bytes, at, value.length);
        at += value.length;
    }

    long getLong() {
        long raw = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = bytes[at++];
            raw |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new DecodingException("a number of more than 10 bytes");
    }

    int getInt() {
        return Math.toIntExact(getLong());
    }

    byte[] getBytes() {
        int from = skipBytes();
        return Arrays.copyOfRange(bytes, from, at);
    }

    String getString() {
        int from = skipBytes();
        return new String(bytes, from, at - from, StandardCharsets.UTF_8);
    }

    /** The array written to. */
    byte[] bytes() {
        return bytes;
    }

    boolean isEnd() {
        return at == bytes.length;
    }

    private int skipBytes() {
        long length = getLong();
        if (length < 0 || length > bytes.length - at) {
            throw new DecodingException("a length of " + length + " where " + (bytes.length - at) + " bytes are left");
        }
        int from = at;
        at += (int) length;
        return from;
    }

    private static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }
}
