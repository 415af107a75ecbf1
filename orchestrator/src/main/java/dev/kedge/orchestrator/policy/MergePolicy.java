package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.model.Steering.Subject;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a policy cut and needs no cut any more is joined. Only such bounds go: those given at creation (vnodes) or by a command are the
 * operator's. It looks at the highest load within the window, because an overloaded tablet can look idle for a moment.
 */
final class MergePolicy {
    private final Layout layout;
    private final Outcome outcome;
    private final Rest rest;
    private final Destinations destinations;

    MergePolicy(Layout layout, Outcome outcome, Rest rest, Destinations destinations) {
        this.layout = layout;
        this.outcome = outcome;
        this.rest = rest;
        this.destinations = destinations;
    }

    void evaluate() {
        for (String keyspace : layout.keyspaces.keySet()) {
            Policy policy = layout.situation.policies().of(keyspace);
            if (policy.mergeBytes() == 0) {
                continue;
            }
            Piece left = null;
            for (Piece right : layout.pieces(keyspace)) {
                if (left != null && right.tablet.cutBy() != null) {
                    noteNeed(left, right, policy);
                    if (!left.taken && !right.taken && areSmall(left, right, policy)) {
                        join(left, right, policy);
                    }
                }
                left = right;
            }
        }
    }

    private void noteNeed(Piece left, Piece right, Policy policy) {
        double slack = 1 + policy.hysteresis();
        if (isSmall(left.load, policy, slack) && isSmall(right.load, policy, slack)) {
            outcome.need(Subject.of(PolicyKind.MERGE, null, right.keyspace, right.range.start()));
        }
    }

    /** By what is known: what is missing is looked at later. */
    private static boolean areSmall(Piece left, Piece right, Policy policy) {
        return isSmall(left.load, policy, 1) && isSmall(right.load, policy, 1) && fitTogether(left, right, policy);
    }

    static boolean isSmall(@Nullable TabletLoad load, Policy policy, double slack) {
        return load != null
                && (double) load.highestBytes() < (double) policy.mergeBytes() * slack
                && load.highestQps() < (double) policy.mergeQps() * slack;
    }

    /** Joined, they are not split again at once. */
    private static boolean fitTogether(Piece left, Piece right, Policy policy) {
        TabletLoad a = left.load;
        TabletLoad b = right.load;
        if (a == null || b == null) {
            return false;
        }
        double share = 1 - policy.hysteresis();
        return (policy.maxBytes() == 0
                        || (double) (a.highestBytes() + b.highestBytes()) <= (double) policy.maxBytes() * share)
                && (policy.maxQps() == 0 || a.highestQps() + b.highestQps() <= (double) policy.maxQps() * share);
    }

    private void join(Piece left, Piece right, Policy policy) {
        List<Figure> figures = figures(left, right, policy);
        for (Piece piece : new Piece[] {left, right}) {
            TabletLoad load = piece.load;
            if (load == null
                    || !piece.fresh
                    || layout.situation.nowMillis() - load.sinceMillis() < policy.windowMillis()) {
                refuse(
                        left,
                        right,
                        RefusalCode.METRICS_MISSING,
                        "their load is not known for all of the last " + policy.windowMillis() / 1000 + " s",
                        figures);
                return;
            }
            Rest.Reason resting = rest.of(PolicyKind.MERGE, piece);
            if (resting == null && !piece.tablet.readReplicas().isEmpty()) {
                resting = new Rest.Reason(
                        RefusalCode.TABLET_IN_MIGRATION, () -> "one has read replicas, which hold its bounds still");
            }
            if (resting != null) {
                refuse(left, right, resting.code(), resting.reason(), figures);
                return;
            }
        }
        Piece mover = right.bytes() <= left.bytes() ? right : left;
        Piece stays = mover == right ? left : right;
        boolean canMove = canTake(stays.seat, mover);
        boolean canStay = canTake(mover.seat, stays);
        // Where either may go to the other, the smaller one does, unless it alone would go back where it was.
        if (canStay && (!canMove || (Rest.wasOn(mover, stays.seat) && !Rest.wasOn(stays, mover.seat)))) {
            Piece other = mover;
            mover = stays;
            stays = other;
            canMove = true;
        }
        if (!canMove) {
            refuse(
                    left,
                    right,
                    RefusalCode.NO_DESTINATION,
                    "neither's shard has room for the other, or the other left it lately",
                    figures);
            return;
        }
        carryOut(left, right, mover, stays, figures);
    }

    private boolean canTake(Seat seat, Piece mover) {
        return mover.seat == seat
                || (seat.counts
                        && destinations.hasRoom(seat, mover)
                        && !destinations.isReplicaOf(mover, seat)
                        && !rest.isReturn(mover, seat, 0));
    }

    private void carryOut(Piece left, Piece right, Piece mover, Piece stays, List<Figure> figures) {
        Action action = new Action.MergeSiblings(
                left.keyspace,
                left.range.start(),
                right.range.start(),
                right.range.end(),
                left.seat.shard,
                right.seat.shard,
                mover == right);
        boolean apart = left.seat != right.seat;
        Limits.Reached reached = outcome.begin(action, mover.bytes());
        if (reached != null) {
            refuse(left, right, reached.code(), reached.reason(), figures);
            return;
        }
        double before = layout.balance().shards();
        left.taken = true;
        right.taken = true;
        String how = apart
                ? "move one from " + mover.seat.shard + " to " + stays.seat.shard + " and join them"
                : "join them";
        if (apart) {
            layout.move(mover, stays.seat);
        }
        layout.uncount(right); // the two will be one
        Verdict.Wanted wanted = outcome.wanted(
                PolicyKind.MERGE,
                action,
                need(left, right) + ": " + how,
                figures,
                mover,
                before,
                layout.balance().shards());
        outcome.want(apart ? wanted : wanted.moving(0, 0));
    }

    private static String need(Piece left, Piece right) {
        return String.format(
                Locale.ROOT,
                "two tablets that a policy cut apart hold %.2f GB and serve at most %.0f requests per second together",
                (left.bytes() + right.bytes()) / 1e9,
                qps(left) + qps(right));
    }

    private static double qps(Piece piece) {
        return piece.load == null ? 0 : piece.load.highestQps();
    }

    private static List<Figure> figures(Piece left, Piece right, Policy policy) {
        return List.of(
                new Figure("left bytes", left.load == null ? 0 : (double) left.load.highestBytes()),
                new Figure("right bytes", right.load == null ? 0 : (double) right.load.highestBytes()),
                new Figure("merge bytes", (double) policy.mergeBytes()),
                new Figure("left highest qps", qps(left)),
                new Figure("right highest qps", qps(right)),
                new Figure("merge qps", (double) policy.mergeQps()));
    }

    private void refuse(Piece left, Piece right, RefusalCode code, String why, List<Figure> figures) {
        outcome.refuse(new Verdict.Refused(
                PolicyKind.MERGE,
                null,
                right.keyspace,
                right.range.start(),
                code,
                null,
                need(left, right) + ", but " + why,
                figures));
    }
}
