package dev.kedge.orchestrator.policy;

import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the moves of whole tablets that even out a cell, one after the other: greedily, the one with the most gain for what it costs first, among
 * the fullest and the emptiest shards. Lives while the layout changes by nothing but these moves.
 */
final class MoveSearch {
    /** So many of the fullest and of the emptiest shards are tried with each other, by each order. */
    private static final int CANDIDATES = 4;

    /** So many of the fullest are tried when the first are of no use to a shard that has too little. */
    private static final int MORE_CANDIDATES = 24;

    private static final double GB = 1e9;

    private final Layout layout;
    private final Rest rest;
    private final Destinations destinations;
    private final Evenness evenness;
    private final @Nullable String only;
    private final double stop;
    private final Predicate<Seat> busy;
    private final double averageBytes;
    private final Ranking fullest;
    private final Ranking leanest;
    private final List<Ranking> emptiestFirst = new ArrayList<>();
    private final List<Ranking> fullestFirst = new ArrayList<>();
    private final Set<Seat> givenUp = new LinkedHashSet<>();
    private final Set<Seat> tooEmpty = new LinkedHashSet<>();
    private final List<Piece> aside = new ArrayList<>();
    private boolean waits;
    private boolean asked;
    private boolean backToo;
    private final Map<RefusalCode, Integer> blocked = new EnumMap<>(RefusalCode.class);

    /** A tablet that had better be elsewhere, and how much nearer to their parts that brings the two shards. */
    record Move(Piece piece, Seat from, Seat to, double relief) {}

    /**
     * @param only the keyspace whose tablets may move; null = any
     * @param stop how far a shard may be off its part without anything being done
     * @param busy shards that can't take part in anything more now
     */
    MoveSearch(
            Layout layout,
            Rest rest,
            Destinations destinations,
            @Nullable String only,
            double stop,
            Predicate<Seat> busy) {
        this.layout = layout;
        this.rest = rest;
        this.destinations = destinations;
        this.only = only;
        this.stop = stop;
        this.busy = busy;
        evenness = new Evenness(layout);
        // What a move costs beside its bytes, in bytes: as much as a tablet of average size.
        averageBytes = layout.total(Measure.SIZE) / Math.max(1, layout.total(Measure.COUNT)) + 1;
        fullest = new Ranking(layout, s -> -layout.fullness(s));
        leanest = new Ranking(layout, this::least);
        emptiestFirst.add(new Ranking(layout, this::sum));
        fullestFirst.add(new Ranking(layout, s -> -sum(s)));
        if (layout.balanced().size() > 1) {
            for (Measure measure : layout.balanced()) {
                emptiestFirst.add(new Ranking(layout, s -> layout.fullness(s, measure)));
                fullestFirst.add(new Ranking(layout, s -> -layout.fullness(s, measure)));
            }
        }
    }

    /**
     * The best move as things are; null if there is none: all is even, or nothing helps, or who could help is busy. A tablet goes back to a shard
     * that any of it was on, however long ago, only when nothing else is left to be done or waited for: a shard that is busy, or somebody's word.
     */
    @Nullable
    Move next() {
        Move move = anyOf();
        if (move == null && !backToo && !waits && !asked && aside.isEmpty()) {
            backToo = true;
            givenUp.clear();
            tooEmpty.clear();
            blocked.clear();
            move = anyOf();
        }
        return move;
    }

    private @Nullable Move anyOf() {
        while (true) {
            List<Seat> over = fullest.first(CANDIDATES, -(1 + stop), s -> !givenUp.contains(s) && isFree(s));
            Move best = over.isEmpty() ? null : best(over, first(emptiestFirst, CANDIDATES, this::isFree));
            if (best != null) {
                return best;
            }
            if (!over.isEmpty()) {
                givenUp.addAll(over);
                continue;
            }
            // A shard may have too much of one thing and too little of another: what can't give may still get.
            List<Seat> under = leanest.first(CANDIDATES, 1 - stop, s -> !tooEmpty.contains(s) && isFree(s));
            best = under.isEmpty() ? null : bestTo(under);
            if (best != null || under.isEmpty()) {
                return best;
            }
            tooEmpty.addAll(under);
        }
    }

    private @Nullable Move bestTo(List<Seat> under) {
        Move best = best(first(fullestFirst, CANDIDATES, this::isFree), under);
        return best != null ? best : best(first(fullestFirst, MORE_CANDIDATES, this::isFree), under);
    }

    private boolean isFree(Seat seat) {
        boolean isBusy = busy.test(seat);
        waits |= isBusy;
        return !isBusy;
    }

    private static Collection<Seat> first(List<Ranking> rankings, int count, Predicate<Seat> wanted) {
        Set<Seat> first = new LinkedHashSet<>();
        rankings.forEach(r -> first.addAll(r.first(count, Double.MAX_VALUE, wanted)));
        return first;
    }

    /** Carries a move out on the layout. */
    void carryOut(Move move) {
        move.piece().taken = true;
        put(move.piece(), move.to());
    }

    /** Takes one back. */
    void undo(Move move) {
        move.piece().taken = false;
        put(move.piece(), move.from());
    }

    private void put(Piece piece, Seat to) {
        Seat from = piece.seat;
        layout.move(piece, to);
        List<Ranking> all = new ArrayList<>(List.of(fullest, leanest));
        all.addAll(emptiestFirst);
        all.addAll(fullestFirst);
        for (Ranking ranking : all) {
            ranking.update(from);
            ranking.update(to);
        }
    }

    /** Something was asked, and is not answered: until then, it is not known what else is left to be done. */
    void asked() {
        asked = true;
    }

    /** Leaves a tablet alone that must not move now, until {@link #end}. */
    void setAside(Piece piece) {
        piece.taken = true;
        aside.add(piece);
    }

    /** Ends the search. */
    void end() {
        aside.forEach(p -> p.taken = false);
        aside.clear();
    }

    /** The shards with too much that no move of a whole tablet helps, whoever were free to take it. */
    List<Seat> tooFull() {
        backToo = true;
        List<Seat> tooFull = new ArrayList<>();
        for (Seat seat : givenUp) {
            if (layout.fullness(seat) > 1 + stop
                    && isFree(seat)
                    && best(List.of(seat), first(emptiestFirst, CANDIDATES, s -> true)) == null) {
                tooFull.add(seat);
            }
        }
        return tooFull;
    }

    /** The shards with too little that get nothing. */
    Collection<Seat> tooEmpty() {
        return tooEmpty;
    }

    /** Whether somebody who could have taken part is busy. */
    boolean waits() {
        return waits;
    }

    /** How often a move that would have helped was not allowed, and why. */
    Map<RefusalCode, Integer> blocked() {
        return blocked;
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

    private @Nullable Move best(Collection<Seat> sources, Collection<Seat> targets) {
        Move best = null;
        double bestScore = 0;
        for (Seat from : sources) {
            for (Piece piece : from.pieces) {
                if (piece.taken || (only != null && !only.equals(piece.keyspace))) {
                    continue;
                }
                for (Seat to : targets) {
                    double gain = from == to ? 0 : evenness.gain(piece, to);
                    double score = gain / (piece.get(Measure.SIZE) + averageBytes);
                    if (gain > 1e-12 && score > bestScore && isAllowed(piece, to)) {
                        bestScore = score;
                        best = new Move(piece, from, to, evenness.relief(piece, to));
                    }
                }
            }
        }
        return best;
    }

    private boolean isAllowed(Piece piece, Seat to) {
        Rest.Reason resting = rest.of(PolicyKind.DISTRIBUTION, piece);
        RefusalCode code = resting != null ? resting.code() : whyNot(piece, to);
        if (code != null) {
            blocked.merge(code, 1, Integer::sum);
        }
        return code == null;
    }

    private @Nullable RefusalCode whyNot(Piece piece, Seat to) {
        if (!destinations.hasRoom(to, piece) || destinations.isReplicaOf(piece, to)) {
            return RefusalCode.NO_DESTINATION;
        }
        if (!isWorthIt(layout.situation.policies().of(piece.keyspace), evenness.relief(piece, to), piece)) {
            return RefusalCode.SMALL_GAIN;
        }
        double lowers = evenness.lowers(piece, to);
        return rest.isReturn(piece, to, lowers) || (!backToo && rest.isStepBack(piece, to, lowers))
                ? RefusalCode.COOLDOWN
                : null;
    }

    /** Whether bringing two shards nearer to their parts is worth what is moved for it. */
    static boolean isWorthIt(Policy policy, double relief, Piece piece) {
        return relief > 0
                && relief >= policy.minMoveGain()
                && relief >= policy.minGainPerGigabyte() * ((double) piece.bytes() / GB);
    }
}
