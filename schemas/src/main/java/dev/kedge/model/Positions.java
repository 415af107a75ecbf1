package dev.kedge.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where requests or rows lie in a range: some positions in order, each standing for so many of them. Summaries of the same kind of thing can be
 * merged, and stay small. Immutable.
 *
 * <p>With {@code n} points a rank is wrong by at most half of 1/n through this summary, plus as much for each merge. A position
 * that alone has more than 1/n of the weight is a point of its own and exact.
 *
 * @param points in ascending order of their positions, none twice, each of a positive weight
 */
public record Positions(List<Weighted> points) {
    public static final Positions NONE = new Positions(List.of());

    /** @param weight how many requests or rows the position stands for */
    public record Weighted(Bytes position, long weight) {
        public Weighted {
            if (weight <= 0) {
                throw new IllegalArgumentException("a weight must be positive, this is " + weight);
            }
        }
    }

    public Positions {
        points = List.copyOf(points);
        for (int i = 1; i < points.size(); i++) {
            if (points.get(i - 1).position().compareTo(points.get(i).position()) >= 0) {
                throw new IllegalArgumentException("positions must ascend");
            }
        }
    }

    /** Of points in any order; those at one position become one. */
    public static Positions of(List<Weighted> unordered) {
        List<Weighted> ordered = new ArrayList<>(unordered);
        ordered.sort(Comparator.comparing(Weighted::position));
        List<Weighted> distinct = new ArrayList<>();
        for (Weighted point : ordered) {
            int last = distinct.size() - 1;
            if (last >= 0 && distinct.get(last).position().equals(point.position())) {
                distinct.set(
                        last, new Weighted(point.position(), distinct.get(last).weight() + point.weight()));
            } else {
                distinct.add(point);
            }
        }
        return new Positions(distinct);
    }

    public boolean isEmpty() {
        return points.isEmpty();
    }

    /** How many requests or rows this stands for. */
    public long weight() {
        long sum = 0;
        for (Weighted point : points) {
            sum += point.weight();
        }
        return sum;
    }

    /**
     * The first position with at least that share at or before it.
     *
     * @param rank from 0 to 1
     * @throws IllegalStateException if this is empty
     */
    public Bytes quantile(double rank) {
        if (isEmpty()) {
            throw new IllegalStateException("nothing has no quantiles");
        }
        double wanted = rank * weight();
        double seen = 0;
        for (Weighted point : points) {
            seen += point.weight();
            if (seen >= wanted) {
                return point.position();
            }
        }
        return points.get(points.size() - 1).position();
    }

    /** The share that lies before {@code position}: 0 if this is empty. */
    public double rank(Bytes position) {
        long before = 0;
        long all = 0;
        for (Weighted point : points) {
            all += point.weight();
            before += point.position().compareTo(position) < 0 ? point.weight() : 0;
        }
        return all == 0 ? 0 : before / (double) all;
    }

    /** Both together, in at most {@code maxPoints} points. */
    public Positions merge(Positions other, int maxPoints) {
        List<Weighted> both = new ArrayList<>(points);
        both.addAll(other.points);
        return of(both).reduced(maxPoints);
    }

    /** The same weight in at most {@code maxPoints} points: the middles of that many equal shares. */
    public Positions reduced(int maxPoints) {
        if (maxPoints < 1) {
            throw new IllegalArgumentException("at least one point must be kept");
        }
        if (points.size() <= maxPoints) {
            return this;
        }
        long all = weight();
        List<Weighted> kept = new ArrayList<>();
        int next = 0;
        long seen = 0;
        for (int i = 0; i < maxPoints; i++) {
            long from = share(all, i, maxPoints);
            long to = share(all, i + 1, maxPoints);
            if (to == from) {
                continue;
            }
            long middle = from + (to - from + 1) / 2;
            while (seen + points.get(next).weight() < middle) {
                seen += points.get(next++).weight();
            }
            kept.add(new Weighted(points.get(next).position(), to - from));
        }
        return of(kept);
    }

    private static long share(long all, int part, int parts) {
        return Math.round(all * (part / (double) parts));
    }
}
