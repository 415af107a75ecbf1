package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import dev.kedge.model.Slots;
import dev.kedge.schemas.report.Report.HotKey;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where to cut a tablet so that its right part has about a given share of the rows, or of the requests. */
sealed interface Cut {
    /** No bound is longer than that: the engine's keys may be. */
    int MAX_BOUND_BYTES = 1_024;

    /** @param rightShare how much of the weight lies at or after it */
    record At(Bytes at, double rightShare) implements Cut {}

    /** @param key position of the one key that is the load, if one is */
    record None(RefusalCode code, @Nullable Bytes key, String reason) implements Cut {}

    /**
     * The cut that comes nearest to what is wanted, among those that leave enough on both sides.
     *
     * @param wantedRight what share the right part should have: 0.5 = cut at the median
     * @param hotKeys of the interval that {@code requests} counts; none where rows are halved
     * @param minShare what the smaller part must have
     */
    static Cut find(
            Placement placement,
            KeyRange range,
            Positions positions,
            List<HotKey> hotKeys,
            long requests,
            double minShare,
            double wantedRight) {
        List<Weighted> points = positions.points().stream()
                .filter(p -> range.contains(p.position()))
                .toList();
        double all = 0;
        Weighted heaviest = null;
        for (Weighted point : points) {
            all += (double) point.weight();
            heaviest = heaviest == null || point.weight() > heaviest.weight() ? point : heaviest;
        }
        if (heaviest == null || all <= 0) {
            return new None(RefusalCode.TOO_FEW_SAMPLES, null, "nothing is known of where its rows and requests lie");
        }
        Bytes best = null;
        double bestLeft = 0;
        double bestOff = Double.MAX_VALUE;
        double left = 0;
        for (int i = 1; i < points.size(); i++) {
            left += (double) points.get(i - 1).weight() / all;
            Bytes at = between(
                    placement, points.get(i - 1).position(), points.get(i).position());
            boolean isEnough = Math.min(left, 1 - left) >= minShare;
            // Where no cut leaves enough on both sides, the one nearest to the median tells why.
            double off = isEnough ? Math.abs(1 - left - wantedRight) : 1 + Math.abs(left - 0.5);
            if (at != null && off < bestOff) {
                best = at;
                bestLeft = left;
                bestOff = off;
            }
        }
        if (best != null && Math.min(bestLeft, 1 - bestLeft) >= minShare) {
            return new At(best, 1 - bestLeft);
        }
        return whyNot(placement, heaviest, heaviest.weight() / all, hotKeys, requests, best == null, bestLeft);
    }

    private static None whyNot(
            Placement placement,
            Weighted heaviest,
            double share,
            List<HotKey> hotKeys,
            long requests,
            boolean nowhere,
            double left) {
        HotKey hot = hotKeys.isEmpty() ? null : hotKeys.get(0);
        double hotShare = hot == null || requests <= 0 ? 0 : (double) hot.requests() / (double) requests;
        if (hot != null && hotShare >= 0.4) {
            return new None(
                    RefusalCode.HOT_KEY,
                    hot.position(),
                    "one key has " + percent(hotShare) + " of its requests: no cut spreads them");
        }
        if (placement == Placement.RANGE && share >= 0.5) {
            return new None(
                    RefusalCode.HOT_KEY,
                    heaviest.position(),
                    "one key stands for " + percent(share) + " of it: no cut spreads that");
        }
        if (nowhere || (placement == Placement.HASH && share >= 0.5)) {
            return new None(
                    RefusalCode.KEY_IS_BOUND,
                    null,
                    placement == Placement.HASH
                            ? "most of it lies in slot 0x"
                                    + Slots.bound(Slots.slotOf(heaviest.position()))
                                            .toHex()
                                    + ", and a slot is the least that can be cut off"
                            : "there is no key to cut at but its start");
        }
        return new None(
                RefusalCode.SMALL_GAIN,
                null,
                "the best cut leaves only " + percent(Math.min(left, 1 - left)) + " on one side");
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    /** The shortest bound after {@code a} that is not after {@code b}; null if the keyspace has none there. */
    private static @Nullable Bytes between(Placement placement, Bytes a, Bytes b) {
        if (placement == Placement.HASH) {
            int slot = Slots.slotOf(b);
            return Slots.slotOf(a) == slot ? null : Slots.bound(slot);
        }
        int common = 0;
        while (common < a.length() && common < b.length() && a.at(common) == b.at(common)) {
            common++;
        }
        return common + 1 > MAX_BOUND_BYTES ? null : b.slice(0, common + 1);
    }
}
