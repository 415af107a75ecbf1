package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.Departure;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.PolicyKind;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is to be left alone for a while, and why: against thrashing, and against asking again what was answered. */
final class Rest {
    private final Situation situation;
    private final Map<Key, Proposal> rejected = new HashMap<>();

    /** By keyspace, ranges of what failed lately, which do not overlap, by their start. */
    private final Map<String, TreeMap<Bytes, Failed>> failed = new HashMap<>();

    private record Key(PolicyKind policy, String keyspace, Bytes start) {}

    /** @param proposal one of those that failed within the range */
    private record Failed(KeyRange range, Proposal proposal) {}

    /** Why something is left alone; the words are asked for by few. */
    record Reason(RefusalCode code, Supplier<String> words) {
        String reason() {
            return words.get();
        }
    }

    Rest(Situation situation) {
        this.situation = situation;
        for (Proposal proposal : situation.state().steering().closed().values()) {
            Action action = proposal.action();
            Policy settings = situation.policies().of(action.keyspace());
            if (proposal.status() instanceof Proposal.Rejected r && isLess(r.atMillis(), settings.proposalMillis())) {
                rejected.put(
                        new Key(
                                proposal.policy(),
                                action.keyspace(),
                                action.range().start()),
                        proposal);
            } else if (proposal.status() instanceof Proposal.Failed f
                    && isLess(f.atMillis(), settings.cooldownMillis())) {
                addFailed(proposal);
            }
        }
    }

    /** Ranges that overlap become one: whatever overlaps it overlaps one of them. */
    private void addFailed(Proposal proposal) {
        TreeMap<Bytes, Failed> known = failed.computeIfAbsent(proposal.action().keyspace(), k -> new TreeMap<>());
        KeyRange range = proposal.action().range();
        Failed other = overlapping(known, range);
        while (other != null) {
            known.remove(other.range.start());
            range = hull(range, other.range);
            other = overlapping(known, range);
        }
        known.put(range.start(), new Failed(range, proposal));
    }

    private static KeyRange hull(KeyRange a, KeyRange b) {
        Bytes start = a.start().compareTo(b.start()) <= 0 ? a.start() : b.start();
        Bytes aEnd = a.end();
        Bytes bEnd = b.end();
        return new KeyRange(start, aEnd == null || bEnd == null ? null : aEnd.compareTo(bEnd) >= 0 ? aEnd : bEnd);
    }

    private static @Nullable Failed overlapping(@Nullable TreeMap<Bytes, Failed> known, KeyRange range) {
        if (known == null) {
            return null;
        }
        Bytes end = range.end();
        var last = end == null ? known.lastEntry() : known.lowerEntry(end);
        return last != null && last.getValue().range.overlaps(range) ? last.getValue() : null;
    }

    private boolean isLess(long sinceMillis, long millis) {
        return situation.nowMillis() - sinceMillis < millis;
    }

    /** Why nothing is done with a tablet now; null if something may be. */
    @Nullable
    Reason of(PolicyKind policy, Piece piece) {
        Policy settings = situation.policies().of(piece.keyspace);
        if (piece.tablet.migration() != null) {
            return new Reason(
                    RefusalCode.TABLET_IN_MIGRATION,
                    () -> "the tablet is in migration " + piece.tablet.migration() + ", whose bounds stand still");
        }
        long since = situation.nowMillis() - piece.tablet.changedMillis();
        if (piece.tablet.changedMillis() > 0 && since < settings.cooldownMillis()) {
            return new Reason(
                    RefusalCode.COOLDOWN,
                    () -> "the tablet's bounds or owner changed " + since / 1000 + " s ago, and it rests for "
                            + settings.cooldownMillis() / 1000 + " s");
        }
        Proposal refused = rejected.get(new Key(policy, piece.keyspace, piece.range.start()));
        if (refused != null) {
            return new Reason(
                    RefusalCode.REJECTED_LATELY,
                    () -> "proposal " + refused.id() + " for it was turned down a while ago");
        }
        // Whatever failed on a range, no other policy tries its luck on it at once.
        Failed last = overlapping(failed.get(piece.keyspace), piece.range);
        return last == null
                ? null
                : new Reason(
                        RefusalCode.COOLDOWN, () -> "proposal " + last.proposal.id() + " for it failed a while ago");
    }

    /** Whether a move would be a step back, of all or some of the range, that is not worth it. */
    boolean isReturn(Piece piece, Seat to, double relief) {
        Departure departure = departure(piece, to);
        Policy policy = situation.policies().of(piece.keyspace);
        return departure != null
                && relief < policy.minReturnGain()
                && situation.nowMillis() - departure.atMillis() < policy.returnCooldowns() * policy.cooldownMillis();
    }

    /** Whether a move would be a step back, however long ago, that gains little. */
    boolean isStepBack(Piece piece, Seat to, double relief) {
        return wasOn(piece, to)
                && relief < situation.policies().of(piece.keyspace).minReturnGain();
    }

    /** Whether all or some of the range was on the shard before, however long ago, as far as that is remembered. */
    static boolean wasOn(Piece piece, Seat seat) {
        return departure(piece, seat) != null;
    }

    private static @Nullable Departure departure(Piece piece, Seat seat) {
        for (Departure departure : piece.tablet.departures()) {
            if (departure.shard().equals(seat.shard)) {
                return departure;
            }
        }
        return null;
    }
}
