package dev.kedge.cli;

import dev.kedge.model.Slots;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * Chooses rows by Zipf's law among those whose slots are wanted: the k-th most popular is asked for in proportion to 1/k^s. Which rows are
 * popular is shuffled, so that they lie all over these slots. Immutable, thread-safe.
 */
final class ZipfRows implements DemoTraffic.RowChoice {
    private final int[] byRank;
    private final double[] cumulated;

    /**
     * @param rows how many rows there are
     * @param exponent s: 0 = all alike; at 0.9 the first of ten thousand has about a sixteenth of all
     * @param seed of the shuffling
     */
    ZipfRows(int rows, IntPredicate slots, double exponent, long seed) {
        int[] chosen = new int[rows];
        int count = 0;
        for (int i = 0; i < rows; i++) {
            if (slots.test(Slots.of(DemoRows.row(i)))) {
                chosen[count++] = i;
            }
        }
        if (count == 0) {
            throw new IllegalArgumentException("none of " + rows + " rows lies in these slots");
        }
        byRank = Arrays.copyOf(chosen, count);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int row = byRank[i];
            byRank[i] = byRank[other];
            byRank[other] = row;
        }
        cumulated = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += 1 / Math.pow(i + 1.0, exponent);
            cumulated[i] = sum;
        }
    }

    @Override
    public int next(SplittableRandom random) {
        int found = Arrays.binarySearch(cumulated, random.nextDouble(cumulated[cumulated.length - 1]));
        return byRank[Math.min(byRank.length - 1, found >= 0 ? found + 1 : -found - 1)];
    }
}
