package dev.kedge.model;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the keys of a range are dealt out to the buckets of its digest, by the first bits of their hash. Every digest has the sums of the
 * {@value #COARSE} coarse buckets. One that was asked about coarse buckets also has, for the first {@value #MAX_REFINED} of these in
 * ascending order, the sums of the {@value #FINE} fine buckets each consists of: so a key that differs is found among a thousand million
 * in two further rounds.
 */
public final class DigestBuckets {
    public static final int COARSE = 64;
    public static final int FINE = 16_384;
    public static final int MAX_REFINED = 4;

    private static final int COARSE_BITS = 6;
    private static final int FINE_BITS = 20;

    private DigestBuckets() {}

    public static int coarse(long keyHash) {
        return (int) (keyHash >>> (64 - COARSE_BITS));
    }

    /** A number that no coarse bucket has. */
    public static int fine(long keyHash) {
        return COARSE + (int) (keyHash >>> (64 - FINE_BITS));
    }

    /** Those of the buckets asked about that a digest cuts finer. */
    public static List<Integer> refined(Collection<Integer> asked) {
        Set<Integer> coarse = new TreeSet<>(asked);
        coarse.removeIf(bucket -> bucket >= COARSE);
        return coarse.stream().limit(MAX_REFINED).toList();
    }

    /** The bucket whose sum stands at {@code index} of a digest that was asked about {@code asked}. */
    public static int at(int index, Collection<Integer> asked) {
        if (index < COARSE) {
            return index;
        }
        int fine = index - COARSE;
        return COARSE + refined(asked).get(fine / FINE) * FINE + fine % FINE;
    }
}
