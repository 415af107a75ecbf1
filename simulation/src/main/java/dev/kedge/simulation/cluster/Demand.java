package dev.kedge.simulation.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoublePredicate;

/**
 * What is asked for, and what is stored, by position and time. It knows of no shards: whoever owns a position has its load.
 *
 * <p>Keyspaces stand one after the other here, so that a place from 0 to 1 is one in the whole cell.
 */
final class Demand {
    /** So that a tablet can be cut a few times before load within its parts is even. */
    private static final int BUCKETS_PER_TABLET = 4;

    private final ClusterSize size;
    private final List<Terrain> terrains = new ArrayList<>();
    private DoublePredicate script = minute -> false;
    private double filled = 1;

    private Demand(ClusterSize size) {
        this.size = size;
        for (int i = 0; i < size.keyspaces(); i++) {
            terrains.add(new Terrain(size.tabletsPerKeyspace() * BUCKETS_PER_TABLET));
        }
        evenly(1);
    }

    List<Terrain> terrains() {
        return terrains;
    }

    Terrain terrain(int keyspace) {
        return terrains.get(keyspace);
    }

    /** Where a keyspace's tablet of that number starts at the beginning: they share evenly what is filled, the last one has the rest. */
    double start(int tablet) {
        int inFilled = filled < 1 ? size.tabletsPerKeyspace() - 1 : size.tabletsPerKeyspace();
        return filled * tablet / inFilled;
    }

    /** Lets time come to {@code minute}; returns whether that changed anything. */
    boolean at(double minute) {
        boolean changed = script.test(minute);
        if (changed) {
            terrains.forEach(Terrain::sum);
        }
        return changed;
    }

    /** The same everywhere, always. */
    static Demand even(ClusterSize size) {
        Demand demand = new Demand(size);
        demand.terrains.forEach(Terrain::sum);
        return demand;
    }

    /** A fifth is even; the rest has the weight of rank^-s, the ranks dealt out by chance to buckets. */
    static Demand zipf(ClusterSize size, long seed, double s) {
        Demand demand = new Demand(size);
        demand.evenly(0.2);
        int[] ranks = demand.shuffled(seed);
        double all = 0;
        for (int rank : ranks) {
            all += Math.pow(rank + 1, -s);
        }
        for (int i = 0; i < ranks.length; i++) {
            demand.add(i, 0.8 * size.qps() * Math.pow(ranks[i] + 1, -s) / all);
        }
        demand.terrains.forEach(Terrain::sum);
        return demand;
    }

    /**
     * A stretch of all places that has a share of all load beside the rest's, and jumps to another place.
     *
     * @param width of the stretch
     * @param minutes how long it stays
     */
    static Demand movingHotSpot(ClusterSize size, long seed, double share, double width, int minutes) {
        Demand demand = new Demand(size);
        int[] last = {-1};
        demand.script = minute -> {
            int stay = (int) (minute / minutes);
            if (stay == last[0]) {
                return false;
            }
            last[0] = stay;
            demand.evenly(1 - share);
            double from = new SplittableRandom(seed + stay).nextDouble() * (1 - width);
            demand.spread(from, width, share * size.qps());
            return true;
        };
        return demand;
    }

    /** Keyspaces' loads go up and down by a share, every other one when the rest goes down and up. */
    static Demand diurnal(ClusterSize size, double share, double dayMinutes) {
        Demand demand = new Demand(size);
        double each = size.qps() / size.keyspaces();
        demand.script = minute -> {
            double wave = share * Math.sin(2 * Math.PI * minute / dayMinutes);
            for (int i = 0; i < demand.terrains.size(); i++) {
                demand.terrain(i).evenly(each * (1 + (i % 2 == 0 ? wave : -wave)), size.bytes() / size.keyspaces());
            }
            return true;
        };
        return demand;
    }

    /** A stretch much narrower than a tablet is asked for a lot, from one minute to another. */
    static Demand flashCrowd(ClusterSize size, double qps, int fromMinute, int toMinute) {
        Demand demand = new Demand(size);
        double width = 0.5 / size.tablets();
        double from = Math.floor(0.37 * size.tablets()) / size.tablets() + width / 2;
        boolean[] crowded = {false, true};
        demand.script = minute -> {
            boolean now = minute >= fromMinute && minute < toMinute;
            if (now == crowded[0] && !crowded[1]) {
                return false;
            }
            crowded[0] = now;
            crowded[1] = false;
            demand.evenly(1);
            if (now) {
                demand.spread(from, width, qps);
            }
            return true;
        };
        return demand;
    }

    /** One key is asked for a lot, from one minute on. */
    static Demand hotKey(ClusterSize size, double qps, int fromMinute) {
        Demand demand = new Demand(size);
        boolean[] done = {false, false};
        demand.script = minute -> {
            boolean hot = minute >= fromMinute;
            boolean changed = !done[0] || hot != done[1];
            done[0] = true;
            done[1] = hot;
            if (changed && hot) {
                demand.terrain(1).hotKey(0.3, qps);
            }
            return changed;
        };
        return demand;
    }

    /**
     * Each keyspace is filled in the order of its keys, from where four fifths of its tablets lie on: all its writes come in at the end of what is
     * there.
     *
     * @param qps inserts per second into each keyspace
     * @param rowBytes of an insert
     */
    static Demand sequential(ClusterSize size, double qps, double rowBytes, double minutes) {
        Demand demand = new Demand(size);
        double first = 0.8;
        demand.filled = first;
        // The place wanders through the last fifth while time passes, and what lies in a bucket is what was inserted
        // there.
        demand.script = minute -> {
            for (Terrain terrain : demand.terrains) {
                int buckets = terrain.buckets();
                int begin = (int) (first * buckets);
                double at = begin + (buckets - 1 - begin) * Math.min(1, minute / minutes);
                double perBucket = qps * rowBytes * minutes * 60 / (buckets - 1 - begin);
                terrain.evenly(0, 0);
                for (int i = 0; i < buckets; i++) {
                    if (i < begin) {
                        terrain.qps[i] = (size.qps() / size.keyspaces() - qps) / begin;
                        terrain.bytes[i] = size.bytes() / size.keyspaces() / begin;
                    } else {
                        terrain.bytes[i] = perBucket * Math.max(0, Math.min(1, at - i));
                    }
                }
                terrain.qps[(int) at] += qps;
            }
            return true;
        };
        return demand;
    }

    private void evenly(double share) {
        terrains.forEach(t -> t.evenly(share * size.qps() / size.keyspaces(), size.bytes() / size.keyspaces()));
    }

    private void add(int bucket, double qps) {
        int each = terrains.get(0).buckets();
        terrain(bucket / each).qps[bucket % each] += qps;
    }

    /** Adds load to a stretch of the whole cell, rounded to buckets. */
    private void spread(double from, double width, double qps) {
        int all = terrains.size() * terrains.get(0).buckets();
        int first = (int) (from * all);
        int count = Math.max(1, (int) Math.round(width * all));
        for (int i = 0; i < count; i++) {
            add(Math.min(all - 1, first + i), qps / count);
        }
    }

    private int[] shuffled(long seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        int[] numbers = new int[terrains.size() * terrains.get(0).buckets()];
        for (int i = 0; i < numbers.length; i++) {
            int j = dice.nextInt(i + 1);
            numbers[i] = numbers[j];
            numbers[j] = i;
        }
        return numbers;
    }
}
