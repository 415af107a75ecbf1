package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.policy.Layout.Piece;
import dev.kedge.orchestrator.policy.Layout.Seat;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.PolicyKind;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is to be left alone for a while, and why: against thrashing, and against asking again what was answered. */
final class Rest {
    /** A range is kept from going back where it came from for so many cooldowns. */
    private static final int RETURN_COOLDOWNS = 6;

    /** ... unless that brings the fuller shard down by that much of its part. */
    private static final double RETURN_GAIN = 0.5;

    private final Situation situation;
    private final Map<Key, Proposal> ended = new HashMap<>();

    private record Key(PolicyKind policy, String keyspace, Bytes start) {}

    /** Why something is left alone. */
    record Reason(RefusalCode code, String reason) {}

    Rest(Situation situation) {
        this.situation = situation;
        for (Proposal proposal : situation.state().steering().closed().values()) {
            Action action = proposal.action();
            ended.put(
                    new Key(proposal.policy(), action.keyspace(), action.range().start()), proposal);
        }
    }

    /** Why nothing is done with a tablet now; null if something may be. */
    @Nullable
    Reason of(PolicyKind policy, Piece piece) {
        Policy settings = situation.policies().of(piece.keyspace);
        if (piece.tablet.migration() != null) {
            return new Reason(
                    RefusalCode.TABLET_IN_MIGRATION,
                    "the tablet is in migration " + piece.tablet.migration() + ", whose bounds stand still");
        }
        long since = situation.nowMillis() - piece.tablet.changedMillis();
        if (piece.tablet.changedMillis() > 0 && since < settings.cooldownMillis()) {
            return new Reason(
                    RefusalCode.COOLDOWN,
                    "the tablet's bounds or owner changed " + since / 1000 + " s ago, and it rests for "
                            + settings.cooldownMillis() / 1000 + " s");
        }
        Proposal last = ended.get(new Key(policy, piece.keyspace, piece.range.start()));
        return last == null ? null : of(last, settings);
    }

    private @Nullable Reason of(Proposal last, Policy settings) {
        if (last.status() instanceof Proposal.Rejected r
                && situation.nowMillis() - r.atMillis() < settings.proposalMillis()) {
            return new Reason(
                    RefusalCode.REJECTED_LATELY, "proposal " + last.id() + " for it was turned down: " + r.reason());
        }
        if (last.status() instanceof Proposal.Failed f
                && situation.nowMillis() - f.atMillis() < settings.cooldownMillis()) {
            return new Reason(RefusalCode.COOLDOWN, "proposal " + last.id() + " for it failed lately: " + f.reason());
        }
        return null;
    }

    /** Whether a move would be a step back that is not worth it. */
    boolean isReturn(Piece piece, Seat to, double relief) {
        String before = piece.tablet.movedFrom();
        long cooldown = situation.policies().of(piece.keyspace).cooldownMillis();
        return to.shard.equals(before)
                && situation.nowMillis() - piece.tablet.changedMillis() < RETURN_COOLDOWNS * cooldown
                && relief < RETURN_GAIN;
    }
}
