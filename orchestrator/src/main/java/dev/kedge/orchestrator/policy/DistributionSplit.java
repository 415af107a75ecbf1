package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a tablet is too large a part of the whole to be balanced as one, it is cut in two and its right part moved. Parts so small that they
 * would be joined again are not made.
 */
final class DistributionSplit {
    private static final String JOINED_AGAIN = "its parts are so small that they would be joined again";

    private final Layout layout;
    private final Outcome outcome;
    private final Rest rest;
    private final Destinations destinations;
    private final Evenness evenness;
    private boolean hasCut;

    DistributionSplit(Layout layout, Outcome outcome, Rest rest, Destinations destinations) {
        this.layout = layout;
        this.outcome = outcome;
        this.rest = rest;
        this.destinations = destinations;
        evenness = new Evenness(layout);
    }

    /** Cuts up, on shards over the tolerance, tablets that are over it by themselves: nothing else can help there. */
    void beforeMoves(double tolerance) {
        for (Seat seat : List.copyOf(layout.seats.values())) {
            Measure measure = worst(seat, tolerance);
            Piece piece = measure == null ? null : heaviest(seat, measure);
            if (measure != null && piece != null && piece.get(measure) > part(seat, measure) * (1 + tolerance)) {
                cut(piece, measure);
            }
        }
    }

    /** Cuts up the heaviest tablets of shards over the tolerance that no move of a whole tablet helps. */
    void afterMoves(Collection<Seat> stuck, double tolerance) {
        for (Seat seat : stuck) {
            Measure measure = worst(seat, tolerance);
            Piece piece = measure == null ? null : heaviest(seat, measure);
            if (measure != null && piece != null) {
                cut(piece, measure);
            }
        }
    }

    /** Whether anything was cut up. */
    boolean hasCut() {
        return hasCut;
    }

    private double part(Seat seat, Measure measure) {
        return seat.part * layout.total(measure);
    }

    /** What the shard has too much of; null if nothing. */
    private @Nullable Measure worst(Seat seat, double tolerance) {
        Measure worst = null;
        double most = 1 + tolerance;
        for (Measure measure : layout.balanced()) {
            if (seat.counts && measure != Measure.COUNT && layout.fullness(seat, measure) > most) {
                most = layout.fullness(seat, measure);
                worst = measure;
            }
        }
        return worst;
    }

    private static @Nullable Piece heaviest(Seat seat, Measure measure) {
        Piece heaviest = null;
        for (Piece piece : seat.pieces) {
            if (heaviest == null || piece.get(measure) > heaviest.get(measure)) {
                heaviest = piece;
            }
        }
        return heaviest;
    }

    private void cut(Piece piece, Measure measure) {
        PolicyKind kind = measure == Measure.SIZE ? PolicyKind.SIZE : PolicyKind.LOAD;
        Policy policy = layout.situation.policies().of(piece.keyspace);
        double max = (double) ReliefPolicy.max(policy, kind);
        if ((max > 0 && piece.seat.get(measure) > max) // then it is relieved for that, or it was said why not
                || (piece.taken && piece.tablet.migration() == null)) { // then something is done about it
            return;
        }
        Rest.Reason resting = rest.of(PolicyKind.DISTRIBUTION, piece);
        if (resting != null) {
            refuse(piece, resting.code(), null, resting.reason());
        } else if (!piece.tablet.readReplicas().isEmpty()) {
            refuse(
                    piece,
                    RefusalCode.TABLET_IN_MIGRATION,
                    null,
                    "the tablet has read replicas, which hold its bounds still");
        } else if (!TabletLoad.mayBeCut(piece.get(Measure.LOAD), piece.get(Measure.SIZE), policy)) {
            refuse(piece, RefusalCode.SMALL_GAIN, null, JOINED_AGAIN);
        } else {
            double wanted = wanted(piece, measure);
            if (!cut(piece, measure, kind, wanted, false)) {
                cut(piece, measure, kind, Math.max(wanted, leastLarge(piece, measure, policy)), true);
            }
        }
    }

    /**
     * Cuts off about so much, or says why not.
     *
     * @param last whether it is to be said, too, that the parts would be joined again
     * @return false if they would
     */
    private boolean cut(Piece piece, Measure measure, PolicyKind kind, double wantedRight, boolean last) {
        switch (ReliefPolicy.cut(layout, piece, kind, wantedRight)) {
            case Cut.None none -> refuse(piece, none.code(), none.key(), none.reason());
            case Cut.At at -> {
                Piece right = layout.preview(piece, at.at());
                if (staysApart(piece, right)) {
                    move(piece, right, at, measure);
                } else if (last) {
                    refuse(piece, RefusalCode.SMALL_GAIN, null, JOINED_AGAIN);
                } else {
                    return false;
                }
            }
        }
        return true;
    }

    /** The least share of a tablet that is too large to be joined with another, with something to spare for cuts that are not exact. */
    private static double leastLarge(Piece piece, Measure measure, Policy policy) {
        long merge = measure == Measure.SIZE ? policy.mergeBytes() : policy.mergeQps();
        return 1.1 * (double) merge * (1 + policy.hysteresis()) / piece.get(measure);
    }

    /** What share of a tablet evens out its shard and the emptiest one with each other: no more than half, or the left part had better go. */
    private double wanted(Piece piece, Measure measure) {
        double emptiest = Double.MAX_VALUE;
        for (Seat seat : layout.seats.values()) {
            emptiest = seat.counts ? Math.min(emptiest, layout.fullness(seat, measure)) : emptiest;
        }
        double fullness = layout.fullness(piece.seat, measure);
        return Math.min(0.5, (fullness - emptiest) / 2 / (piece.get(measure) / part(piece.seat, measure)));
    }

    /** Whether the merge policy would not at once join the parts with each other, or one of them with a neighbour. */
    private boolean staysApart(Piece whole, Piece right) {
        Policy policy = layout.situation.policies().of(whole.keyspace);
        double leftQps = whole.get(Measure.LOAD) - right.get(Measure.LOAD);
        double leftBytes = whole.get(Measure.SIZE) - right.get(Measure.SIZE);
        boolean leftIsLarge = isLarge(leftQps, leftBytes, policy);
        boolean rightIsLarge = isLarge(right.get(Measure.LOAD), right.get(Measure.SIZE), policy);
        Piece before = whole.tablet.cutBy() == null ? null : layout.before(whole);
        Piece after = layout.after(whole);
        return (leftIsLarge || rightIsLarge)
                && (leftIsLarge || before == null || isLarge(before, policy))
                && (rightIsLarge || after == null || after.tablet.cutBy() == null || isLarge(after, policy));
    }

    private static boolean isLarge(Piece piece, Policy policy) {
        return isLarge(piece.get(Measure.LOAD), piece.get(Measure.SIZE), policy);
    }

    /** Too large to be joined with another. */
    private static boolean isLarge(double qps, double bytes, Policy policy) {
        double slack = 1 + policy.hysteresis();
        return qps > (double) policy.mergeQps() * slack || bytes > (double) policy.mergeBytes() * slack;
    }

    private void move(Piece piece, Piece right, Cut.At at, Measure measure) {
        Seat from = piece.seat;
        Seat to = best(right, from, false);
        to = to == null ? best(right, from, true) : to;
        if (to == null) {
            refuse(
                    piece,
                    RefusalCode.NO_DESTINATION,
                    null,
                    "no shard with room for it is evened out by its right part");
            return;
        }
        Action action = new Action.SplitAndMove(
                piece.keyspace,
                piece.range.start(),
                piece.range.end(),
                at.at(),
                from.shard,
                to.shard,
                destinations.makeOn(to));
        double relief = evenness.relief(right, to);
        if (!MoveSearch.isWorthIt(layout.situation.policies().of(piece.keyspace), relief, right)) {
            String why = "moving its right part brings two shards nearer to their parts by only " + Cut.percent(relief);
            refuse(piece, RefusalCode.SMALL_GAIN, null, why);
            return;
        }
        if (rest.isReturn(right, to, evenness.lowers(right, to))) {
            refuse(
                    piece,
                    RefusalCode.COOLDOWN,
                    null,
                    "its right part would go back to " + to.shard + ", which it left");
            return;
        }
        Limits.Reached reached = outcome.begin(action, right.bytes());
        if (reached != null) {
            refuse(piece, reached.code(), null, reached.reason());
            return;
        }
        hasCut = true;
        double before = layout.balance().shards();
        double fullness = layout.fullness(from, measure);
        layout.move(layout.split(piece, at.at()), to);
        outcome.want(outcome.wanted(
                PolicyKind.DISTRIBUTION,
                action,
                reason(from, to, at, measure, fullness),
                figures(piece, at, measure, fullness, relief),
                right,
                before,
                layout.balance().shards()));
    }

    /** The shard that is evened out most by it, such as it was not on before. None is made for it: that would change everybody's part, and call for more. */
    private @Nullable Seat best(Piece right, Seat from, boolean backToo) {
        Seat best = null;
        double most = 0;
        for (Seat seat : layout.seats.values()) {
            if (seat != from
                    && destinations.hasRoom(seat, right)
                    && !destinations.isReplicaOf(right, seat)
                    && (backToo || !Rest.wasOn(right, seat))) {
                double gain = evenness.gain(right, seat);
                if (gain > most) {
                    most = gain;
                    best = seat;
                }
            }
        }
        return best;
    }

    private static String reason(Seat from, Seat to, Cut.At at, Measure measure, double fullness) {
        return String.format(
                Locale.ROOT,
                "shard %s has %.2f times its part of all %s, and its heaviest tablet is too large a part to be moved as one: cut it where %s of"
                        + " that lie to the right, and move those to %s",
                from.shard,
                fullness,
                measure == Measure.SIZE ? "data" : "requests",
                Cut.percent(at.rightShare()),
                to.shard);
    }

    private List<Figure> figures(Piece piece, Cut.At at, Measure measure, double fullness, double relief) {
        List<Figure> figures = new ArrayList<>();
        figures.add(
                new Figure(measure == Measure.SIZE ? "shard bytes, of its part" : "shard qps, of its part", fullness));
        figures.add(new Figure("tolerance", layout.situation.policies().cell().imbalanceTolerance()));
        figures.add(new Figure("tablet bytes", piece.get(Measure.SIZE)));
        figures.add(new Figure("tablet qps", piece.get(Measure.LOAD)));
        figures.add(new Figure("share of the right part", at.rightShare()));
        figures.add(new Figure("relief", relief));
        return figures;
    }

    private void refuse(Piece piece, RefusalCode code, @Nullable Bytes key, String why) {
        outcome.refuse(new Verdict.Refused(
                PolicyKind.DISTRIBUTION,
                piece.seat.shard,
                piece.keyspace,
                piece.range.start(),
                code,
                key,
                "shard " + piece.seat.shard
                        + " has more than its part, which no move of a whole tablet mends, but its heaviest tablet is not cut: "
                        + why,
                List.of(
                        new Figure("tablet bytes", piece.get(Measure.SIZE)),
                        new Figure("tablet qps", piece.get(Measure.LOAD)))));
    }
}
