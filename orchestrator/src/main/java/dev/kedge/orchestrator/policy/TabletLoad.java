package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import dev.kedge.orchestrator.model.PersistentMap;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.report.Report.HotKey;
import dev.kedge.schemas.report.Report.TabletUse;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of one tablet's load. It follows the tablet: to another shard as it is, into the parts of a split by where requests and rows
 * lay. Bounded, immutable.
 *
 * @param sinceMillis since when it has been known without a gap
 * @param atMillis when it was last reported
 * @param estimated whether it is only derived from what another tablet was reported to have
 * @param rows as last reported
 * @param bytes as last reported
 * @param p99Micros as last reported
 * @param requested where the latest requests lay; kept only of tablets that {@linkplain #mayBeCut might be cut}
 * @param stored where the rows lie, weighted by bytes; as {@code requested}
 * @param hotKeys of the latest interval
 * @param latestRequests requests of the latest interval
 * @param latestReads how many of them were reads
 * @param latestMillis its length
 * @param followers what shards that follow the tablet served of it, or did within the window, by their names
 * @param near what the load is taken from
 * @param window what the highest load is taken from
 */
public record TabletLoad(
        long sinceMillis,
        long atMillis,
        boolean estimated,
        long rows,
        long bytes,
        long p99Micros,
        Positions requested,
        Positions stored,
        List<HotKey> hotKeys,
        long latestRequests,
        long latestReads,
        long latestMillis,
        PersistentMap<String, Followed> followers,
        Ring near,
        Ring window) {
    /** The mean is over this many slots, the last of them not yet full. */
    private static final int NEAR_SLOTS = 3;

    private static final int WINDOW_SLOTS = 7;
    private static final int POINTS = 32;

    /** A tablet below this share of a bound will not be split for that soon. */
    private static final int NEAR_A_BOUND = 4;

    /** A tablet with that many times what is joined may have a part that is not. */
    private static final double STAYS_APART = 1.5;

    public TabletLoad {
        hotKeys = List.copyOf(hotKeys);
    }

    /**
     * The reads that a read replica served.
     *
     * @param sinceMillis since when they have been known without a gap
     * @param atMillis when they were last reported
     */
    record Followed(long sinceMillis, long atMillis, Ring window) {
        static final Followed NOTHING = new Followed(0, 0, Ring.EMPTY);

        Followed with(long reads, long intervalMillis, long at, Policy policy) {
            boolean gap = atMillis == 0 || at - atMillis > policy.staleMillis();
            Ring more =
                    window.with(at, slot(policy.windowMillis(), WINDOW_SLOTS), WINDOW_SLOTS, reads, intervalMillis, 0);
            return new Followed(gap ? at - intervalMillis : sinceMillis, at, more);
        }
    }

    static final TabletLoad NOTHING = new TabletLoad(
            0,
            0,
            true,
            0,
            0,
            0,
            Positions.NONE,
            Positions.NONE,
            List.of(),
            0,
            0,
            0,
            PersistentMap.empty(),
            Ring.EMPTY,
            Ring.EMPTY);

    /** Requests per second, as the mean over about the policy's {@code loadMillis}. */
    public double qps() {
        return near.meanQps();
    }

    /** Of the latest report. */
    public double latestQps() {
        return latestMillis == 0 ? 0 : latestRequests * 1000.0 / latestMillis;
    }

    /** The highest of a report within the policy's {@code windowMillis}. */
    public double highestQps() {
        return window.peakQps();
    }

    /** The most within the policy's {@code windowMillis}. */
    public long highestBytes() {
        return Math.max(bytes, window.peakBytes());
    }

    TabletLoad with(TabletUse use, long intervalMillis, long at, Policy policy) {
        long requests = use.reads() + use.writes();
        boolean gap = atMillis == 0 || at - atMillis > policy.staleMillis();
        boolean splittable = mayBeCut(requests * 1000.0 / Math.max(1, intervalMillis), (double) use.bytes(), policy);
        return new TabletLoad(
                gap ? at - intervalMillis : sinceMillis,
                at,
                false,
                use.rows(),
                use.bytes(),
                use.p99Micros(),
                splittable ? use.requested() : Positions.NONE,
                splittable ? use.stored() : Positions.NONE,
                splittable ? use.hotKeys() : List.of(),
                requests,
                use.reads(),
                intervalMillis,
                followersAt(at, policy),
                near.with(at, slot(policy.loadMillis(), NEAR_SLOTS), NEAR_SLOTS, requests, intervalMillis, use.bytes()),
                window.with(
                        at,
                        slot(policy.windowMillis(), WINDOW_SLOTS),
                        WINDOW_SLOTS,
                        requests,
                        intervalMillis,
                        use.bytes()));
    }

    /** With what a shard that follows the tablet served of it. */
    TabletLoad followed(String shard, TabletUse use, long intervalMillis, long at, Policy policy) {
        PersistentMap<String, Followed> all = followersAt(at, policy)
                .update(
                        shard,
                        before -> (before == null ? Followed.NOTHING : before)
                                .with(use.reads(), intervalMillis, at, policy));
        return new TabletLoad(
                sinceMillis,
                atMillis,
                estimated,
                rows,
                bytes,
                p99Micros,
                requested,
                stored,
                hotKeys,
                latestRequests,
                latestReads,
                latestMillis,
                all,
                near,
                window);
    }

    /** Without those that served nothing for so long that it is no more within the window. */
    private PersistentMap<String, Followed> followersAt(long at, Policy policy) {
        PersistentMap<String, Followed> heard = followers;
        for (var follower : followers) {
            if (at - follower.getValue().atMillis > Math.max(policy.windowMillis(), policy.staleMillis())) {
                heard = heard.remove(follower.getKey());
            }
        }
        return heard;
    }

    /** The most reads per second that the tablet's followers served together within the policy's {@code windowMillis}; an upper bound. */
    double highestFollowedQps() {
        double sum = 0;
        for (Followed followed : followers.values()) {
            sum += followed.window.peakQps();
        }
        return sum;
    }

    /** Whether it has been known for so long, and still is, what the shard served of the tablet. */
    boolean isFollowed(String shard, long nowMillis, long forMillis, long staleMillis) {
        Followed followed = followers.get(shard);
        return followed != null
                && nowMillis - followed.sinceMillis >= forMillis
                && nowMillis - followed.atMillis <= staleMillis;
    }

    /**
     * Whether where the requests and rows of a tablet lie is worth remembering: it is so near to a bound that it might have to be split, or so
     * large that one part of it is too large to be joined again, which is what the distribution may cut.
     */
    public static boolean mayBeCut(double qps, double bytes, Policy policy) {
        return isNear(bytes, policy.maxBytes())
                || isNear(qps, policy.maxQps())
                || (policy.mergeQps() > 0 && qps >= STAYS_APART * (double) policy.mergeQps())
                || (policy.mergeBytes() > 0 && bytes >= STAYS_APART * (double) policy.mergeBytes());
    }

    private static boolean isNear(double value, long bound) {
        return bound > 0 && value * NEAR_A_BOUND >= (double) bound;
    }

    /** One slot more than the time asked for, because the last one has only begun. */
    private static long slot(long millis, int slots) {
        return Math.max(1, millis / (slots - 1));
    }

    /** The part before {@code at}, or the one from it on. Where nothing is known of where requests and rows lie: half. */
    TabletLoad part(Bytes at, boolean left) {
        double load = share(requested, at, left);
        double size = share(stored, at, left);
        return new TabletLoad(
                sinceMillis,
                atMillis,
                true,
                (long) (rows * size),
                (long) (bytes * size),
                p99Micros,
                part(requested, at, left),
                part(stored, at, left),
                hotKeys.stream()
                        .filter(k -> k.position().compareTo(at) < 0 == left)
                        .toList(),
                (long) (latestRequests * load),
                (long) (latestReads * load),
                latestMillis,
                PersistentMap.empty(),
                near.scaled(load, size),
                window.scaled(load, size));
    }

    private static double share(Positions positions, Bytes at, boolean left) {
        double before = positions.isEmpty() ? 0.5 : positions.rank(at);
        return left ? before : 1 - before;
    }

    private static Positions part(Positions positions, Bytes at, boolean left) {
        List<Weighted> part = new ArrayList<>();
        for (Weighted point : positions.points()) {
            if (point.position().compareTo(at) < 0 == left) {
                part.add(point);
            }
        }
        return new Positions(part);
    }

    /** Of both tablets joined. */
    TabletLoad plus(TabletLoad right) {
        List<HotKey> hot = new ArrayList<>(hotKeys);
        hot.addAll(right.hotKeys);
        hot.sort((a, b) -> Long.compare(b.requests(), a.requests()));
        return new TabletLoad(
                Math.max(sinceMillis, right.sinceMillis),
                Math.min(atMillis, right.atMillis),
                true,
                rows + right.rows,
                bytes + right.bytes,
                Math.max(p99Micros, right.p99Micros),
                requested.merge(right.requested, POINTS),
                stored.merge(right.stored, POINTS),
                hot.size() > POINTS ? hot.subList(0, POINTS) : hot,
                latestRequests + right.latestRequests,
                latestReads + right.latestReads,
                Math.max(latestMillis, right.latestMillis),
                PersistentMap.empty(), // bounds stand still while there are read replicas
                near.plus(right.near),
                window.plus(right.window));
    }
}
