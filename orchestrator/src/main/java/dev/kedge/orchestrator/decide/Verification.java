package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.DigestBuckets;
import dev.kedge.orchestrator.decide.ReplicationSeen.Digests;
import dev.kedge.orchestrator.decide.ReplicationSeen.Pair;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Verifying;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.Event.CleanupCause;
import dev.kedge.schemas.report.Report.Digest;
import dev.kedge.schemas.report.Report.KeyDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares the two sides of a migration at one position of the owner's log. Unequal sides never cut over. */
final class Verification {
    /** A differing copy is named by at most this many keys: enough to look into it, not a copy of the data in the events. */
    private static final int NAMED_KEYS = 100;

    /** As many keys in a list mean that it may have been cut there. */
    private static final int MANY_KEYS = 1_000;

    /** So few fine buckets hold few enough keys to list them. */
    private static final int FINE_BUCKETS = 16;

    private static final int MAX_DOUBLINGS = 6;

    private final ControlPlaneSettings settings;

    Verification(ControlPlaneSettings settings) {
        this.settings = settings;
    }

    boolean step(Draft draft, Migration m, Verifying s) {
        Digests digests = draft.seen().replication(m.id(), s.leg().attempt()).digests();
        Pair pair = digests.round() == s.round() ? digests.pair() : null;
        if (pair == null) {
            return askAgain(draft, m, s);
        }
        if (equal(pair)) {
            Digest digest = pair.owner();
            draft.emit(new Event.Verified(
                    m.id(), s.round(), digest.markerOffset(), digest.rows(), digest.bytes(), sum(digest)));
            return true;
        }
        List<Integer> buckets = differingBuckets(pair);
        List<Integer> closer = whereToLookCloser(s.detailBuckets(), buckets, pair);
        if (!closer.isEmpty()) {
            draft.emit(new Event.DivergenceFound(m.id(), s.round(), buckets, List.of(), List.of()));
            draft.emit(new Event.VerificationStarted(m.id(), s.round() + 1, closer));
            return true;
        }
        draft.emit(differingKeys(m.id(), s.round(), buckets, pair));
        giveUp(draft, m, s, buckets);
        return true;
    }

    /** The buckets a further round is to be asked about, so that it can name the keys; empty if this one can. */
    private static List<Integer> whereToLookCloser(List<Integer> asked, List<Integer> differing, Pair pair) {
        if (asked.isEmpty()) {
            return differing;
        }
        boolean mayNotHaveListedAll = pair.owner().details().size() >= MANY_KEYS
                || pair.replica().details().size() >= MANY_KEYS;
        return mayNotHaveListedAll ? differingFine(asked, pair) : List.of();
    }

    private static List<Integer> differingFine(List<Integer> asked, Pair pair) {
        List<Long> ours = pair.owner().buckets();
        List<Long> theirs = pair.replica().buckets();
        List<Integer> differing = new ArrayList<>();
        for (int i = DigestBuckets.COARSE; i < Math.min(ours.size(), theirs.size()); i++) {
            if (differing.size() < FINE_BUCKETS && !ours.get(i).equals(theirs.get(i))) {
                differing.add(DigestBuckets.at(i, asked));
            }
        }
        return differing;
    }

    /** A side that was restarted may have passed the marker without digesting there: a later round brings a new one (I9). */
    private boolean askAgain(Draft draft, Migration m, Verifying s) {
        long patience = settings.verificationRetryMillis() << Math.min(s.round() - 1, MAX_DOUBLINGS);
        String reason = whyOwnerIsMute(draft, m.owner());
        boolean lost = reason != null && isLost(draft, m.owner());
        if (!lost && draft.nowMillis() - s.sinceMillis() < patience) {
            return false;
        }
        // A divergence that was found is not passed over: its keys are to be named first.
        if (reason != null && s.detailBuckets().isEmpty()) {
            draft.emit(new Event.VerificationSkipped(m.id(), s.round(), reason));
            return true;
        }
        if (lost) {
            return false;
        }
        restart(draft, m, s);
        return true;
    }

    /**
     * Why the owner can set no marker; null as long as it may, or is about to. With such an owner the range is out of use, and the way out is to
     * move it from the log alone: the replica applies all of it through the fence, verified or not (I5).
     */
    private @Nullable String whyOwnerIsMute(Draft draft, String owner) {
        if (!(draft.state().shard(owner) instanceof Shard.Assigned shard)) {
            return null;
        }
        if (isLost(draft, owner)) {
            return "the worker " + shard.worker() + " of " + owner + " is lost";
        }
        boolean heard = draft.seen().isFresh(shard.worker(), settings.heartbeatTimeoutMillis());
        return heard && draft.seen().hasFailed(shard.worker(), owner, shard.epoch())
                ? owner + " has failed on " + shard.worker()
                : null;
    }

    private static boolean isLost(Draft draft, String owner) {
        Shard shard = draft.state().shard(owner);
        Worker worker = shard == null ? null : draft.state().worker(shard.worker());
        return worker != null && worker.lost();
    }

    static void restart(Draft draft, Migration m, Verifying s) {
        draft.emit(new Event.VerificationStarted(m.id(), s.round() + 1, s.detailBuckets()));
    }

    private static void giveUp(Draft draft, Migration m, Verifying s, List<Integer> buckets) {
        String reason = "the copies differ in " + buckets.size() + " of the digest's buckets";
        if (s.leg().isReverse()) {
            Progression.stopRollback(draft, m, reason);
            return;
        }
        MigrationOptions options = m.plan().options();
        int attempt = s.leg().attempt();
        boolean again = switch (options.onDivergence()) {
            case RECOPY -> attempt < options.maxAttempts();
            case ABORT -> false;
        };
        draft.emit(
                again
                        ? new Event.RecopyStarted(m.id(), attempt + 1, reason)
                        : new Event.CleanupStarted(
                                m.id(),
                                m.plan().to(),
                                CleanupCause.ABORTED,
                                reason + " after " + attempt + (attempt == 1 ? " copy" : " copies")));
    }

    private static boolean equal(Pair pair) {
        return pair.owner().rows() == pair.replica().rows()
                && pair.owner().bytes() == pair.replica().bytes()
                && pair.owner().buckets().equals(pair.replica().buckets());
    }

    /** Never empty, so that the next round always lists keys. */
    private static List<Integer> differingBuckets(Pair pair) {
        List<Long> ours = pair.owner().buckets();
        List<Long> theirs = pair.replica().buckets();
        int count = Math.clamp(Math.max(ours.size(), theirs.size()), 1, DigestBuckets.COARSE);
        List<Integer> differing = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(i);
            if (i >= ours.size() || i >= theirs.size() || !ours.get(i).equals(theirs.get(i))) {
                differing.add(i);
            }
        }
        return differing.isEmpty() ? all : differing;
    }

    private static Event.DivergenceFound differingKeys(String id, int round, List<Integer> buckets, Pair pair) {
        List<KeyDigest> ours = pair.owner().details();
        List<KeyDigest> theirs = pair.replica().details();
        return new Event.DivergenceFound(id, round, buckets, notIn(ours, theirs), notIn(theirs, ours));
    }

    private static List<KeyDigest> notIn(List<KeyDigest> keys, List<KeyDigest> others) {
        Map<Bytes, Long> known = new HashMap<>();
        others.forEach(k -> known.put(k.position(), k.digest()));
        // Past the end of a list that was cut nobody knows whether the other side has the key.
        Bytes end = others.size() < MANY_KEYS ? null : others.getLast().position();
        List<KeyDigest> differing = new ArrayList<>();
        for (KeyDigest key : keys) {
            @Nullable Long other = known.get(key.position());
            boolean differs = other == null ? end == null || key.position().compareTo(end) < 0 : other != key.digest();
            if (differs && differing.size() < NAMED_KEYS) {
                differing.add(key);
            }
        }
        return differing;
    }

    /** Of the whole range: fine buckets only cut what the coarse ones hold already. */
    private static long sum(Digest digest) {
        long sum = 0;
        for (long bucket : digest.buckets()
                .subList(0, Math.min(DigestBuckets.COARSE, digest.buckets().size()))) {
            sum += bucket;
        }
        return sum;
    }
}
