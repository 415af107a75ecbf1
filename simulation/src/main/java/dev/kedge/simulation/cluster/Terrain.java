package dev.kedge.simulation.cluster;

import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the requests and the bytes of one keyspace lie: even within each of many equal buckets, and on single hot keys. Any range is summed in O(1).
 */
final class Terrain {
    /** As many as a worker's summaries have. */
    private static final int POINTS = 32;

    final double[] qps;
    final double[] bytes;

    private final double[] qpsBefore;
    private final double[] bytesBefore;
    private double hotPlace = -1;
    private double hotQps;

    Terrain(int buckets) {
        qps = new double[buckets];
        bytes = new double[buckets];
        qpsBefore = new double[buckets + 1];
        bytesBefore = new double[buckets + 1];
    }

    int buckets() {
        return qps.length;
    }

    /** One key that has a load of its own; there is at most one. */
    void hotKey(double place, double ownQps) {
        hotPlace = place;
        hotQps = ownQps;
    }

    boolean isHotKeyIn(double from, double to) {
        return hotPlace >= from && hotPlace < to;
    }

    double hotPlace() {
        return hotPlace;
    }

    double hotQps() {
        return hotQps;
    }

    void evenly(double allQps, double allBytes) {
        Arrays.fill(qps, allQps / buckets());
        Arrays.fill(bytes, allBytes / buckets());
    }

    /** To be called after any change of the buckets. */
    void sum() {
        for (int i = 0; i < buckets(); i++) {
            qpsBefore[i + 1] = qpsBefore[i] + qps[i];
            bytesBefore[i + 1] = bytesBefore[i] + bytes[i];
        }
    }

    /** Requests per second. */
    double qps(double from, double to) {
        return before(qpsBefore, qps, to) - before(qpsBefore, qps, from) + (isHotKeyIn(from, to) ? hotQps : 0);
    }

    double bytes(double from, double to) {
        return before(bytesBefore, bytes, to) - before(bytesBefore, bytes, from);
    }

    private double before(double[] sums, double[] each, double place) {
        double at = place * buckets();
        int bucket = (int) at;
        return bucket >= buckets() ? sums[buckets()] : sums[bucket] + each[bucket] * (at - bucket);
    }

    /** Where {@code requests} of the range lay. */
    Positions requested(double from, double to, long requests) {
        double all = qps(from, to);
        if (all <= 0 || requests <= 0) {
            return Positions.NONE;
        }
        double hot = isHotKeyIn(from, to) ? hotQps / all : 0;
        List<Weighted> points = points(qpsBefore, qps, from, to, requests * (1 - hot));
        if (requests * hot >= 1) {
            points.add(new Weighted(Places.bytes(hotPlace), (long) (requests * hot)));
        }
        return Positions.of(points);
    }

    /** Where the bytes of the range lie. */
    Positions stored(double from, double to) {
        return Positions.of(points(bytesBefore, bytes, from, to, bytes(from, to)));
    }

    private List<Weighted> points(double[] sums, double[] each, double from, double to, double weight) {
        double low = before(sums, each, from);
        double high = before(sums, each, to);
        int count = (int) Math.min(POINTS, weight);
        List<Weighted> points = new ArrayList<>(count + 1);
        for (int i = 0; i < count && high > low; i++) {
            double place = place(sums, each, low + (high - low) * (i + 0.5) / count);
            points.add(new Weighted(
                    Places.bytes(Math.min(Math.max(place, from), to)), Math.max(1, (long) (weight / count))));
        }
        return points;
    }

    private double place(double[] sums, double[] each, double sum) {
        int found = Arrays.binarySearch(sums, sum);
        int bucket = Math.min(buckets() - 1, found >= 0 ? found : -found - 2);
        double within = each[bucket] <= 0 ? 0 : (sum - sums[bucket]) / each[bucket];
        return (bucket + Math.min(1, within)) / buckets();
    }
}
