package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.policy.Layout.Measure;
import dev.kedge.orchestrator.policy.Layout.Piece;
import dev.kedge.orchestrator.policy.Layout.Seat;
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
                || !piece.isFree()
                || !piece.fresh
                || !piece.tablet.readReplicas().isEmpty()
                || rest.of(PolicyKind.DISTRIBUTION, piece) != null) {
            return;
        }
        switch (ReliefPolicy.cut(layout, piece, kind)) {
            case Cut.None none -> {
                if (none.code() == RefusalCode.HOT_KEY) {
                    refuse(piece, none);
                }
            }
            case Cut.At at -> {
                Piece right = layout.preview(piece, at.at());
                if (staysApart(piece, right)) {
                    move(piece, right, at, measure);
                }
            }
        }
    }

    /** Whether the parts are not at once what the merge policy joins. */
    private boolean staysApart(Piece whole, Piece right) {
        Policy policy = layout.situation.policies().of(whole.keyspace);
        double slack = 1 + policy.hysteresis();
        double smallerQps = Math.min(right.get(Measure.LOAD), whole.get(Measure.LOAD) - right.get(Measure.LOAD));
        double smallerBytes = Math.min(right.get(Measure.SIZE), whole.get(Measure.SIZE) - right.get(Measure.SIZE));
        return smallerQps > (double) policy.mergeQps() * slack || smallerBytes > (double) policy.mergeBytes() * slack;
    }

    private void move(Piece piece, Piece right, Cut.At at, Measure measure) {
        Seat from = piece.seat;
        Seat to = best(right, from);
        if (to == null) {
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
        boolean gains = evenness.gain(right, to) > 0
                && relief > layout.situation.policies().of(piece.keyspace).minMoveGain()
                && !rest.isReturn(right, to, evenness.lowers(right, to));
        if (!gains || outcome.begin(action, right.bytes()) != null) {
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

    /** The shard that is evened out most by it. None is made for it: that would change everybody's part, and call for more. */
    private @Nullable Seat best(Piece right, Seat from) {
        Seat best = null;
        double most = 0;
        for (Seat seat : layout.seats.values()) {
            if (seat != from && destinations.hasRoom(seat, right) && !destinations.isReplicaOf(right, seat)) {
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

    private void refuse(Piece piece, Cut.None none) {
        outcome.refuse(new Verdict.Refused(
                PolicyKind.DISTRIBUTION,
                piece.seat.shard,
                piece.keyspace,
                piece.range.start(),
                none.code(),
                none.key(),
                "shard " + piece.seat.shard
                        + " has more than its part, and its heaviest tablet is too large a part to be moved as one, but "
                        + none.reason(),
                List.of(
                        new Figure("tablet bytes", piece.get(Measure.SIZE)),
                        new Figure("tablet qps", piece.get(Measure.LOAD)))));
    }
}
