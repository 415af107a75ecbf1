package dev.kedge.worker.engine;

/** How long requests took, in buckets an eighth of their value wide: small, and exact enough to steer by. */
final class Latencies {
    private static final int SUB_BITS = 3;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[SUB * Long.SIZE];
    private long count;

    void add(long micros) {
        counts[bucket(Math.max(0, micros))]++;
        count++;
    }

    long count() {
        return count;
    }

    /** 99% took at most this, in microseconds; 0 if there were none. */
    long p99Micros() {
        long above = count / 100;
        for (int i = counts.length - 1; i >= 0; i--) {
            above -= counts[i];
            if (above < 0) {
                return most(i);
            }
        }
        return 0;
    }

    private static int bucket(long value) {
        if (value < SUB) {
            return (int) value;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        return (exponent - SUB_BITS + 1) * SUB + (int) (value >>> (exponent - SUB_BITS)) - SUB;
    }

    private static long most(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((long) (SUB + bucket % SUB + 1) << shift) - 1;
    }
}
