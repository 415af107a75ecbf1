package dev.kedge.orchestrator.policy;

import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.PolicyKind;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was proposed before and is not over counts as done, so that no need is met twice. A proposal that has not begun holds only as long as
 * what it is for: it is looked at anew each time.
 */
final class Commitments {
    private final Layout layout;
    private final Evenness evenness;
    private final Map<String, String> expired = new LinkedHashMap<>();

    Commitments(Layout layout) {
        this.layout = layout;
        evenness = new Evenness(layout);
    }

    /** Returns the proposals that hold no more, with the reason. */
    Map<String, String> apply() {
        for (Proposal proposal : layout.situation.state().steering().open().values()) {
            String why = proposal.status() instanceof Proposal.Running ? null : whyExpired(proposal);
            if (why == null) {
                apply(proposal.action());
            } else {
                expired.put(proposal.id(), why);
            }
        }
        return expired;
    }

    private void apply(Action action) {
        switch (action) {
            case Action.SplitAndMove a -> {
                Seat to = destination(a.to(), a.worker());
                Piece whole = layout.find(a.keyspace(), a.range());
                if (whole != null) {
                    layout.split(whole, a.at());
                }
                take(a.keyspace(), new KeyRange(a.start(), a.at()), null);
                take(a.keyspace(), new KeyRange(a.at(), a.end()), to);
            }
            case Action.MoveTablet a -> take(a.keyspace(), a.range(), destination(a.to(), a.worker()));
            case Action.MergeSiblings a -> {
                take(
                        a.keyspace(),
                        new KeyRange(a.start(), a.at()),
                        a.moveRight() ? null : layout.seats.get(a.rightShard()));
                take(
                        a.keyspace(),
                        new KeyRange(a.at(), a.end()),
                        a.moveRight() ? layout.seats.get(a.leftShard()) : null);
                Piece right = layout.find(a.keyspace(), new KeyRange(a.at(), a.end()));
                if (right != null) {
                    layout.uncount(right); // the two will be one
                }
            }
        }
    }

    private @Nullable Seat destination(String shard, @Nullable String worker) {
        return worker == null ? layout.seats.get(shard) : layout.seat(shard, worker);
    }

    private void take(String keyspace, KeyRange range, @Nullable Seat to) {
        Piece piece = layout.find(keyspace, range);
        if (piece != null) {
            piece.taken = true;
            if (to != null && piece.seat != to && piece.tablet.migration() == null) {
                layout.move(piece, to);
            }
        }
    }

    private @Nullable String whyExpired(Proposal proposal) {
        if (proposal.status() instanceof Proposal.Proposed
                && layout.situation.nowMillis() >= proposal.made().expiresMillis()) {
            return "nobody approved it in time";
        }
        return switch (proposal.action()) {
            case Action.SplitAndMove a -> whyExpired(proposal, a.keyspace(), a.range(), a.from(), a.to(), a.worker());
            case Action.MoveTablet a -> whyExpired(proposal, a.keyspace(), a.range(), a.from(), a.to(), a.worker());
            case Action.MergeSiblings a -> whyExpired(a);
        };
    }

    private @Nullable String whyExpired(
            Proposal proposal, String keyspace, KeyRange range, String from, String to, @Nullable String worker) {
        if (isDrained(from)) {
            return "the worker of " + from + " is being drained";
        }
        Piece piece = layout.find(keyspace, range);
        if (piece == null) {
            return "the tablet has other bounds by now";
        }
        if (!piece.seat.shard.equals(from) || piece.tablet.migration() != null) {
            return "the tablet is not at rest on " + from + " any more";
        }
        Seat target = destination(to, worker);
        if (target == null || takesNothing(target.worker)) {
            return "the worker of " + to + " takes nothing now: it is lost or drained";
        }
        if (!target.usable || !piece.fresh) {
            return null; // silent: it is heard again, or lost before long
        }
        if (proposal.policy() != PolicyKind.DISTRIBUTION) {
            return whyRelieved(proposal, piece);
        }
        return whyUneven(
                proposal.action() instanceof Action.SplitAndMove a ? layout.preview(piece, a.at()) : piece, target);
    }

    private boolean takesNothing(String worker) {
        Worker known = layout.situation.state().worker(worker);
        return known == null || !known.takesMore();
    }

    /** Its tablets leave it, whatever else was to be done with them. */
    private boolean isDrained(String shard) {
        Shard known = layout.situation.state().shard(shard);
        return known != null && layout.isDrained(known.worker());
    }

    private @Nullable String whyUneven(Piece piece, Seat target) {
        return !piece.seat.counts || !target.counts || evenness.gain(piece, target) > 0
                ? null
                : "the load has changed: it would not make the cell more even any more";
    }

    private @Nullable String whyRelieved(Proposal proposal, Piece piece) {
        Policy policy = layout.situation.policies().of(piece.keyspace);
        double bound = (double) ReliefPolicy.max(policy, proposal.policy()) * (1 - policy.hysteresis());
        double now = piece.seat.get(ReliefPolicy.measure(proposal.policy()));
        return now > bound ? null : "shard " + piece.seat.shard + " is well below its bound again";
    }

    private @Nullable String whyExpired(Action.MergeSiblings a) {
        if (isDrained(a.leftShard()) || isDrained(a.rightShard())) {
            return "the worker of one of them is being drained";
        }
        Piece left = layout.find(a.keyspace(), new KeyRange(a.start(), a.at()));
        Piece right = layout.find(a.keyspace(), new KeyRange(a.at(), a.end()));
        if (left == null || right == null) {
            return "the tablets have other bounds by now";
        }
        if (!left.seat.shard.equals(a.leftShard())
                || !right.seat.shard.equals(a.rightShard())
                || left.tablet.migration() != null
                || right.tablet.migration() != null) {
            return "the tablets are not at rest where they were any more";
        }
        Policy policy = layout.situation.policies().of(a.keyspace());
        double slack = 1 + policy.hysteresis();
        boolean known = left.load != null && right.load != null;
        return !known
                        || (MergePolicy.isSmall(left.load, policy, slack)
                                && MergePolicy.isSmall(right.load, policy, slack))
                ? null
                : "the tablets have grown, or are asked for more";
    }
}
