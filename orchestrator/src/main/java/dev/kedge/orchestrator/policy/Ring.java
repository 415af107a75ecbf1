package dev.kedge.orchestrator.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * Sums and peaks of the last while, in a few slots of equal width: what is older than the slots go is forgotten, so it is bounded
 * whatever comes. Immutable.
 *
 * @param slots oldest first
 * @param meanQps requests per second over all of them; kept because it is asked for far more often than it changes
 */
record Ring(List<Slot> slots, double meanQps) {
    static final Ring EMPTY = Ring.of(List.of());

    private static Ring of(List<Slot> slots) {
        double requests = 0;
        long millis = 0;
        for (Slot slot : slots) {
            requests += slot.requests();
            millis += slot.millis();
        }
        return new Ring(List.copyOf(slots), millis == 0 ? 0 : requests * 1000 / millis);
    }

    /**
     * @param fromMillis when the slot begins
     * @param requests requests within it
     * @param millis how much time was reported within it
     * @param peakQps highest requests per second of a report within it
     * @param peakBytes most bytes held within it
     */
    record Slot(long fromMillis, double requests, long millis, double peakQps, long peakBytes) {
        Slot plus(long moreRequests, long moreMillis, double qps, long bytes) {
            return new Slot(
                    fromMillis,
                    requests + (double) moreRequests,
                    millis + moreMillis,
                    Math.max(peakQps, qps),
                    Math.max(peakBytes, bytes));
        }

        Slot scaled(double load, double size) {
            return new Slot(fromMillis, requests * load, millis, peakQps * load, (long) (peakBytes * size));
        }
    }

    Ring with(long atMillis, long widthMillis, int count, long requests, long millis, long bytes) {
        long from = atMillis - Math.floorMod(atMillis, widthMillis);
        double qps = millis == 0 ? 0 : requests * 1000.0 / millis;
        int size = slots.size();
        if (size > 0
                && slots.get(size - 1).fromMillis() == from
                && slots.get(0).fromMillis() > from - count * widthMillis) {
            // Most reports fall into a slot that is there, and none is over.
            Slot[] same = slots.toArray(new Slot[0]);
            same[size - 1] = same[size - 1].plus(requests, millis, qps, bytes);
            return Ring.of(List.of(same));
        }
        List<Slot> kept = new ArrayList<>(count);
        for (Slot slot : slots) {
            if (slot.fromMillis() > from - count * widthMillis && slot.fromMillis() <= from) {
                kept.add(slot);
            }
        }
        int last = kept.size() - 1;
        if (last >= 0 && kept.get(last).fromMillis() == from) {
            kept.set(last, kept.get(last).plus(requests, millis, qps, bytes));
        } else {
            kept.add(new Slot(from, (double) requests, millis, qps, bytes));
            if (kept.size() > count) {
                kept.remove(0);
            }
        }
        return Ring.of(kept);
    }

    double peakQps() {
        double peak = 0;
        for (Slot slot : slots) {
            peak = Math.max(peak, slot.peakQps());
        }
        return peak;
    }

    long peakBytes() {
        long peak = 0;
        for (Slot slot : slots) {
            peak = Math.max(peak, slot.peakBytes());
        }
        return peak;
    }

    Ring scaled(double load, double size) {
        return Ring.of(slots.stream().map(s -> s.scaled(load, size)).toList());
    }

    /** What both had together: sums and, as an upper bound, peaks. */
    Ring plus(Ring other) {
        List<Slot> both = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < slots.size() || j < other.slots.size()) {
            long a = i < slots.size() ? slots.get(i).fromMillis() : Long.MAX_VALUE;
            long b = j < other.slots.size() ? other.slots.get(j).fromMillis() : Long.MAX_VALUE;
            if (a == b) {
                Slot x = slots.get(i++);
                Slot y = other.slots.get(j++);
                both.add(new Slot(
                        a,
                        x.requests() + y.requests(),
                        Math.max(x.millis(), y.millis()),
                        x.peakQps() + y.peakQps(),
                        x.peakBytes() + y.peakBytes()));
            } else {
                both.add(a < b ? slots.get(i++) : other.slots.get(j++));
            }
        }
        return Ring.of(both);
    }
}
