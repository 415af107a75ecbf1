package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.policy.Layout.Measure;
import dev.kedge.orchestrator.policy.Layout.Piece;
import dev.kedge.orchestrator.policy.Layout.Seat;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shards and workers have even parts of the whole. Beyond the tolerance, whole tablets move from the fullest to the emptiest shards until all
 * are well within it: greedily, the move with the most gain for what it costs first. Each lowers the potential of {@link Evenness}, so it
 * can't go round in circles, and it ends.
 */
final class DistributionPolicy {
    /** More than that is no plan any more: the load will be another by then. */
    private static final int MAX_MOVES = 256;

    /** So many proposals at once are enough for somebody to look at. */
    private static final int MAX_ASKED = 32;

    /** So many of the fullest and of the emptiest shards are tried with each other. */
    private static final int CANDIDATES = 4;

    /** With more shards than that share silent, what is even is not known. */
    private static final double MAX_UNKNOWN = 0.2;

    private static final double GB = 1e9;

    private final Layout layout;
    private final Outcome outcome;
    private final Rest rest;
    private final Destinations destinations;
    private final Evenness evenness;
    private final @Nullable String only;
    private final Map<RefusalCode, Integer> blocked = new EnumMap<>(RefusalCode.class);

    /** @param only the keyspace whose tablets may move; null = any */
    DistributionPolicy(Layout layout, Outcome outcome, Rest rest, Destinations destinations, @Nullable String only) {
        this.layout = layout;
        this.outcome = outcome;
        this.rest = rest;
        this.destinations = destinations;
        this.only = only;
        evenness = new Evenness(layout);
    }

    private record Move(Piece piece, Seat from, Seat to, double relief, double before, double after) {}

    /**
     * Returns the moves that are called for and have to wait.
     *
     * @param now whether it was asked for: then the tolerance is what the policy would stop at
     */
    List<Verdict.Wanted> evaluate(boolean now) {
        Policy policy = layout.situation.policies().cell();
        double stop = policy.imbalanceTolerance() * (1 - policy.hysteresis());
        Balance balance = layout.balance();
        if (policy.imbalanceTolerance() == 0 && !now) {
            return List.of();
        }
        long usable = layout.seats.values().stream().filter(s -> s.usable).count();
        if (layout.unknown() > MAX_UNKNOWN * (double) usable) {
            refuse(
                    RefusalCode.METRICS_MISSING,
                    balance,
                    layout.unknown() + " of " + usable + " shards did not report their load for a while");
            return List.of();
        }
        if (balance.shards() <= (now ? stop : policy.imbalanceTolerance())) {
            return List.of();
        }
        DistributionSplit split = new DistributionSplit(layout, outcome, rest, destinations);
        if (only == null) {
            split.beforeMoves(policy.imbalanceTolerance());
        }
        Set<Seat> stuck = new LinkedHashSet<>();
        List<Move> plan = plan(stop, stuck);
        for (int i = plan.size() - 1; i >= 0; i--) {
            plan.get(i).piece().taken = false;
            layout.move(plan.get(i).piece(), plan.get(i).from());
        }
        List<Verdict.Wanted> later = new ArrayList<>();
        Limits.Reached reached = choose(plan, later);
        if (only == null) {
            split.afterMoves(List.copyOf(stuck), policy.imbalanceTolerance());
        }
        if (plan.isEmpty() && !split.hasCut() && layout.balanced().get(0) != Measure.COUNT) {
            sayWhyNot(balance);
        } else if (later.size() == plan.size() && reached != null && reached.code() == RefusalCode.CHURN_BUDGET) {
            refuse(reached.code(), balance, reached.reason());
        }
        return later;
    }

    /** @param stuck gets the shards above the tolerance that no move helps any more */
    private List<Move> plan(double stop, Set<Seat> stuck) {
        double imbalance = layout.balance().shards();
        List<Move> plan = new ArrayList<>();
        Set<Seat> exhausted = new HashSet<>();
        while (plan.size() < MAX_MOVES) {
            List<Seat> fullest = byFullness(Comparator.comparingDouble((Seat s) -> -layout.fullness(s)), exhausted);
            List<Seat> emptiest = byFullness(Comparator.comparingDouble(this::sum), Set.of());
            if (fullest.isEmpty() || emptiest.isEmpty()) {
                break;
            }
            List<Seat> over =
                    fullest.stream().filter(s -> layout.fullness(s) > 1 + stop).toList();
            List<Seat> under =
                    emptiest.stream().filter(s -> least(s) < 1 - stop).toList();
            if (over.isEmpty() && under.isEmpty()) {
                break;
            }
            Move best = best(over.isEmpty() ? fullest : over, over.isEmpty() ? under : emptiest);
            if (best == null && !under.isEmpty()) {
                best = best(fullest, under);
            }
            if (best == null) {
                stuck.addAll(over);
                exhausted.addAll(over.isEmpty() ? fullest : over);
                continue;
            }
            double before = imbalance;
            best.piece().taken = true;
            layout.move(best.piece(), best.to());
            imbalance = layout.balance().shards();
            plan.add(new Move(best.piece(), best.from(), best.to(), best.relief(), before, imbalance));
        }
        return plan;
    }

    private List<Seat> byFullness(Comparator<Seat> order, Set<Seat> but) {
        List<Seat> first = new ArrayList<>(CANDIDATES + 1);
        for (Seat seat : layout.seats.values()) {
            if (!seat.counts || but.contains(seat)) {
                continue;
            }
            int at = first.size();
            while (at > 0 && order.compare(seat, first.get(at - 1)) < 0) {
                at--;
            }
            if (at < CANDIDATES) {
                first.add(at, seat);
                if (first.size() > CANDIDATES) {
                    first.remove(CANDIDATES);
                }
            }
        }
        return first;
    }

    private double sum(Seat seat) {
        double sum = 0;
        for (Measure measure : layout.balanced()) {
            sum += layout.fullness(seat, measure);
        }
        return sum;
    }

    private double least(Seat seat) {
        double least = Double.MAX_VALUE;
        for (Measure measure : layout.balanced()) {
            least = Math.min(least, layout.fullness(seat, measure));
        }
        return least;
    }

    private @Nullable Move best(List<Seat> sources, List<Seat> targets) {
        Move best = null;
        double bestScore = 0;
        for (Seat from : sources) {
            for (Piece piece : from.pieces) {
                if (!isMovable(piece)) {
                    continue;
                }
                for (Seat to : targets) {
                    double gain = from == to ? 0 : evenness.gain(piece, to);
                    double score = gain / ((double) piece.bytes() + average());
                    if (gain > 1e-12 && score > bestScore && isWorthIt(piece, to)) {
                        bestScore = score;
                        best = new Move(
                                piece,
                                from,
                                to,
                                evenness.relief(piece, to),
                                layout.balance().shards(),
                                0);
                    }
                }
            }
        }
        return best;
    }

    /** What a move costs beside its bytes, in bytes: as much as a tablet of average size. */
    private double average() {
        return layout.total(Measure.SIZE) / Math.max(1, layout.total(Measure.COUNT)) + 1;
    }

    private boolean isMovable(Piece piece) {
        if (piece.taken || (only != null && !only.equals(piece.keyspace))) {
            return false;
        }
        Rest.Reason resting = rest.of(PolicyKind.DISTRIBUTION, piece);
        if (resting != null) {
            blocked.merge(resting.code(), 1, Integer::sum);
        }
        return resting == null;
    }

    private boolean isWorthIt(Piece piece, Seat to) {
        Policy policy = layout.situation.policies().of(piece.keyspace);
        double relief = evenness.relief(piece, to);
        if (!destinations.hasRoom(to, piece) || destinations.isReplicaOf(piece, to)) {
            blocked.merge(RefusalCode.NO_DESTINATION, 1, Integer::sum);
            return false;
        }
        if (relief <= 0
                || relief < policy.minMoveGain()
                || relief < policy.minGainPerGigabyte() * ((double) piece.bytes() / GB)) {
            blocked.merge(RefusalCode.SMALL_GAIN, 1, Integer::sum);
            return false;
        }
        if (rest.isReturn(piece, to, evenness.lowers(piece, to))) {
            blocked.merge(RefusalCode.COOLDOWN, 1, Integer::sum);
            return false;
        }
        return true;
    }

    /** Takes what may begin now, if it still gains without what may not. */
    private Limits.@Nullable Reached choose(List<Move> plan, List<Verdict.Wanted> later) {
        Limits.Reached reached = null;
        int asked = 0;
        for (Move move : plan) {
            Piece piece = move.piece();
            Action action = new Action.MoveTablet(
                    piece.keyspace,
                    piece.range.start(),
                    piece.range.end(),
                    move.from().shard,
                    move.to().shard,
                    destinations.makeOn(move.to()));
            boolean auto = layout.situation.policies().of(piece.keyspace).mode() == Policy.Mode.AUTO;
            boolean gains = evenness.gain(piece, move.to()) > 0;
            Limits.Reached stopped = gains && (auto || asked < MAX_ASKED) ? outcome.begin(action, piece.bytes()) : null;
            if (!gains || stopped != null || (!auto && asked >= MAX_ASKED)) {
                reached = stopped == null ? reached : stopped;
                later.add(wanted(move, action, move.before(), move.after()));
                continue;
            }
            asked += auto ? 0 : 1;
            double before = layout.balance().shards();
            piece.taken = true;
            layout.move(piece, move.to());
            outcome.want(wanted(move, action, before, layout.balance().shards()));
        }
        return reached;
    }

    private Verdict.Wanted wanted(Move move, Action action, double before, double after) {
        Piece piece = move.piece();
        List<Figure> figures = List.of(
                new Figure("imbalance", before),
                new Figure("tolerance", layout.situation.policies().cell().imbalanceTolerance()),
                new Figure("tablet bytes", piece.get(Measure.SIZE)),
                new Figure("tablet qps", piece.get(Measure.LOAD)),
                new Figure("relief", move.relief()));
        String reason = String.format(
                Locale.ROOT,
                "shards are up to %s off their part of the whole: move a tablet from %s to %s, which brings the two nearer to their parts by %s",
                Cut.percent(before),
                move.from().shard,
                move.to().shard,
                Cut.percent(move.relief()));
        return outcome.wanted(PolicyKind.DISTRIBUTION, action, reason, figures, piece, before, after);
    }

    private void sayWhyNot(Balance balance) {
        RefusalCode code = RefusalCode.SMALL_GAIN;
        int most = 0;
        for (Map.Entry<RefusalCode, Integer> entry : blocked.entrySet()) {
            if (entry.getKey() != RefusalCode.SMALL_GAIN && entry.getValue() > most) {
                code = entry.getKey();
                most = entry.getValue();
            }
        }
        refuse(
                code,
                balance,
                most == 0
                        ? "no move of a whole tablet makes it more even"
                        : "the tablets that could move must not (" + code + ", " + most + " times)");
    }

    private void refuse(RefusalCode code, Balance balance, String why) {
        outcome.refuse(new Verdict.Refused(
                PolicyKind.DISTRIBUTION,
                null,
                null,
                null,
                code,
                null,
                "shards are up to " + Cut.percent(balance.shards()) + " off their part of the whole, but " + why,
                List.of(
                        new Figure("fullest", balance.fullest()),
                        new Figure("emptiest", balance.emptiest()),
                        new Figure("workers", balance.workers()),
                        new Figure(
                                "tolerance", layout.situation.policies().cell().imbalanceTolerance()))));
    }
}
