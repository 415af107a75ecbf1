package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Steering.Subject;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Shards and workers have even parts of the whole. Beyond the tolerance, whole tablets move from the fullest to the emptiest shards until all
 * are well within it. Each move lowers the potential of {@link Evenness}, so it can't go round in circles, and it ends.
 */
final class DistributionPolicy {
    /** More than that is no plan any more: the load will be another by then. */
    private static final int MAX_MOVES = 256;

    /** So many proposals at once are enough for somebody to look at. */
    private static final int MAX_ASKED = 32;

    /** With more shards than that share silent, what is even is not known. */
    private static final double MAX_UNKNOWN = 0.2;

    private final Layout layout;
    private final Outcome outcome;
    private final Rest rest;
    private final Destinations destinations;
    private final @Nullable String only;

    /** Whether the cell is to be evened out at all. */
    private boolean goesOn;

    /** @param only the keyspace whose tablets may move; null = any */
    DistributionPolicy(Layout layout, Outcome outcome, Rest rest, Destinations destinations, @Nullable String only) {
        this.layout = layout;
        this.outcome = outcome;
        this.rest = rest;
        this.destinations = destinations;
        this.only = only;
    }

    /**
     * Says what should begin, or why nothing does.
     *
     * @param now whether it was asked for: then the tolerance is what the policy would stop at, and all of it is wanted whatever the limits
     */
    void evaluate(boolean now) {
        Policy policy = layout.situation.policies().cell();
        if (policy.imbalanceTolerance() == 0 && !now) {
            return;
        }
        Balance balance = layout.balance();
        noteNeeds(balance);
        long usable = layout.seats.values().stream().filter(s -> s.usable).count();
        if (layout.unknown() > MAX_UNKNOWN * (double) usable) {
            refuse(
                    RefusalCode.METRICS_MISSING,
                    balance,
                    layout.unknown() + " of " + usable + " shards did not report their load for a while");
            return;
        }
        if (balance.shards() <= (now || isUnderWay(policy) ? stop() : policy.imbalanceTolerance())) {
            return;
        }
        goesOn = true;
        DistributionSplit split = new DistributionSplit(layout, outcome, rest, destinations);
        if (only == null) {
            split.beforeMoves(policy.imbalanceTolerance());
        }
        MoveSearch search = search(now ? seat -> false : outcome::isBusy);
        Began began = begin(search, now);
        if (only == null) {
            split.afterMoves(search.tooFull(), policy.imbalanceTolerance());
        }
        if (began.moves() == 0
                && !split.hasCut()
                && balance.shards() > policy.imbalanceTolerance()
                && layout.balanced().get(0) != Measure.COUNT) {
            sayWhyNot(balance, search, began.stopped());
        }
    }

    /** What is refused stays refused until all is well within the tolerance. */
    private void noteNeeds(Balance balance) {
        if (balance.shards() <= stop()) {
            return;
        }
        outcome.need(Subject.of(PolicyKind.DISTRIBUTION, null, null, null));
        for (Seat seat : layout.seats.values()) {
            if (seat.counts && layout.fullness(seat) > 1 + stop()) {
                outcome.need(Subject.of(PolicyKind.DISTRIBUTION, seat.shard, null, null));
            }
        }
    }

    /** How far off a shard may be when it is over. */
    private double stop() {
        Policy policy = layout.situation.policies().cell();
        return policy.imbalanceTolerance() * (1 - policy.hysteresis());
    }

    private MoveSearch search(Predicate<Seat> busy) {
        return new MoveSearch(layout, rest, destinations, only, stop(), busy);
    }

    /** What was begun beyond the tolerance goes on until all is well within it, and is under way until nothing was done for a cooldown. */
    private boolean isUnderWay(Policy policy) {
        for (Proposal open : layout.situation.state().steering().open().values()) {
            if (open.policy() == PolicyKind.DISTRIBUTION) {
                return true;
            }
        }
        for (Proposal closed : layout.situation.state().steering().closed().values()) {
            if (closed.policy() == PolicyKind.DISTRIBUTION
                    && closed.status() instanceof Proposal.Done done
                    && layout.situation.nowMillis() - done.atMillis() < policy.cooldownMillis()) {
                return true;
            }
        }
        return false;
    }

    /** Whether a proposal of it waits, for somebody's word or for the limits, or is made just now that will. */
    private boolean isAnythingAsked() {
        for (Proposal open : layout.situation.state().steering().open().values()) {
            if (open.policy() == PolicyKind.DISTRIBUTION && !(open.status() instanceof Proposal.Running)) {
                return true;
            }
        }
        return outcome.wanted().stream()
                .anyMatch(w -> w.policy() == PolicyKind.DISTRIBUTION
                        && layout.situation.policies().of(w.action().keyspace()).mode() != Policy.Mode.AUTO);
    }

    /** @param stopped the limit that kept something from beginning; null if none did */
    private record Began(int moves, Limits.@Nullable Reached stopped) {}

    private Began begin(MoveSearch search, boolean now) {
        Limits.Reached stopped = now ? null : outcome.full();
        if (!now && isAnythingAsked()) {
            search.asked();
        }
        int moves = 0;
        int asked = 0;
        while (moves < MAX_MOVES && (now || outcome.full() == null)) {
            MoveSearch.Move move = search.next();
            if (move == null) {
                break;
            }
            Action action = action(move);
            boolean asks =
                    !now && layout.situation.policies().of(action.keyspace()).mode() != Policy.Mode.AUTO;
            Limits.Reached reached =
                    now ? null : outcome.begin(action, move.piece().bytes());
            if (reached != null || (asks && asked >= MAX_ASKED)) {
                stopped = reached == null ? stopped : reached;
                if (reached == null || reached.code() == RefusalCode.CHURN_BUDGET) {
                    break;
                }
                search.setAside(move.piece());
                continue;
            }
            if (asks) {
                asked++;
                search.asked();
            }
            moves++;
            double before = layout.balance().shards();
            search.carryOut(move);
            outcome.want(wanted(move, action, before, layout.balance().shards()));
        }
        search.end();
        return new Began(moves, stopped);
    }

    /** The moves that are called for beside what is wanted, and have to wait: the layout stays as it is. */
    List<Verdict.Wanted> foresee() {
        if (!goesOn) {
            return List.of();
        }
        MoveSearch search = search(seat -> false);
        List<MoveSearch.Move> moves = new ArrayList<>();
        List<Verdict.Wanted> later = new ArrayList<>();
        double before = layout.balance().shards();
        while (moves.size() < MAX_MOVES) {
            MoveSearch.Move move = search.next();
            if (move == null) {
                break;
            }
            search.carryOut(move);
            moves.add(move);
            double after = layout.balance().shards();
            later.add(wanted(move, action(move), before, after));
            before = after;
        }
        for (int i = moves.size() - 1; i >= 0; i--) {
            search.undo(moves.get(i));
        }
        return later;
    }

    private Action action(MoveSearch.Move move) {
        Piece piece = move.piece();
        return new Action.MoveTablet(
                piece.keyspace,
                piece.range.start(),
                piece.range.end(),
                move.from().shard,
                move.to().shard,
                destinations.makeOn(move.to()));
    }

    private Verdict.Wanted wanted(MoveSearch.Move move, Action action, double before, double after) {
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

    private void sayWhyNot(Balance balance, MoveSearch search, Limits.@Nullable Reached stopped) {
        if (stopped != null) {
            refuse(stopped.code(), balance, stopped.reason());
            return;
        }
        if (search.waits()) {
            refuse(
                    RefusalCode.LIMIT,
                    balance,
                    "the shards that could take part in a move, or their workers, take part in as many migrations as the policy allows");
            return;
        }
        RefusalCode code = RefusalCode.SMALL_GAIN;
        int most = 0;
        for (Map.Entry<RefusalCode, Integer> entry : search.blocked().entrySet()) {
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
