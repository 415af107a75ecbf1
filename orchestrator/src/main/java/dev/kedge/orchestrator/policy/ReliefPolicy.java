package dev.kedge.orchestrator.policy;

import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.orchestrator.model.Steering.Subject;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event.Figure;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * No shard holds or serves more than it should. The tablet with the most of it is moved away if it has about half or less, and else cut in two,
 * where half of the rows (SIZE) or half of the requests (LOAD) lie on each side, and its right part is moved away.
 */
final class ReliefPolicy {
    /** A tablet with that share of a shard is moved as it is: a cut would leave not much less. */
    private static final double ABOUT_HALF = 0.6;

    /** From that share of reads on, a read replica of a hot tablet takes off enough. */
    private static final double WORTH_A_REPLICA = 0.5;

    private final Layout layout;
    private final Outcome outcome;
    private final Rest rest;
    private final Destinations destinations;

    ReliefPolicy(Layout layout, Outcome outcome, Rest rest, Destinations destinations) {
        this.layout = layout;
        this.outcome = outcome;
        this.rest = rest;
        this.destinations = destinations;
    }

    void evaluate() {
        record Rank(Seat seat, double overload) {}
        List<Rank> worstFirst = new ArrayList<>();
        layout.seats.values().forEach(seat -> worstFirst.add(new Rank(seat, overload(seat))));
        worstFirst.sort(Comparator.comparingDouble(Rank::overload).reversed());
        for (Rank rank : worstFirst) {
            Seat seat = rank.seat();
            if (seat.usable && !relieve(seat, PolicyKind.SIZE)) {
                relieve(seat, PolicyKind.LOAD);
            }
        }
        for (ReadReplica replica : layout.situation.state().readReplicas().values()) {
            if (Proposal.addedReplica(replica.id()) && replica.state() != ReadReplicaState.LEAVING) {
                lookAt(replica);
            }
        }
    }

    /** What a shard has of what one may have at most, by the bound that it is most beyond, or nearest to. */
    private double overload(Seat seat) {
        double overload = 0;
        for (PolicyKind kind : new PolicyKind[] {PolicyKind.SIZE, PolicyKind.LOAD}) {
            Piece heaviest = heaviest(seat, measure(kind));
            double max = heaviest == null
                    ? 0
                    : (double) max(layout.situation.policies().of(heaviest.keyspace), kind);
            if (max > 0) {
                overload = Math.max(overload, seat.get(measure(kind)) / max);
            }
        }
        return overload;
    }

    /**
     * A read replica made for a hot key goes when its tablet's shard could have served all of its tablets all through the window, what any read
     * replicas served of them included: so all that go at once may go.
     */
    private void lookAt(ReadReplica replica) {
        Keyspace keyspace = layout.situation.state().keyspace(replica.keyspace());
        Piece piece = keyspace == null
                ? null
                : layout.find(
                        replica.keyspace(), keyspace.tabletAt(replica.start()).range());
        if (piece == null || piece.tablet.migration() != null) {
            return;
        }
        Policy policy = layout.situation.policies().of(replica.keyspace());
        if (policy.maxQps() == 0) {
            outcome.retire(replica.id(), "the policy bounds the load of a shard no more, so none is too hot");
            return;
        }
        double most = 0;
        boolean known = true;
        for (Piece each : piece.seat.pieces) {
            most += each.load == null ? 0 : each.load.highestQps() + each.load.highestFollowedQps();
            known &= isKnown(each, policy.windowMillis());
        }
        if (known && most <= (double) policy.maxQps() * (1 - policy.hysteresis())) {
            outcome.retire(
                    replica.id(),
                    String.format(
                            Locale.ROOT,
                            "with all that read replicas served, shard %s was asked for at most %.0f requests per second in the last %d s, well below %d",
                            piece.seat.shard,
                            most,
                            policy.windowMillis() / 1000,
                            policy.maxQps()));
        } else {
            outcome.need(Subject.of(PolicyKind.LOAD, piece.seat.shard, null, null));
        }
    }

    /** Whether it has been known for so long, and still is, what the owner of a tablet and its read replicas served of it. */
    private boolean isKnown(Piece piece, long forMillis) {
        long now = layout.situation.nowMillis();
        TabletLoad load = piece.load;
        if (load == null || !piece.fresh || now - load.sinceMillis() < forMillis) {
            return false;
        }
        long staleMillis = layout.situation.policies().of(piece.keyspace).staleMillis();
        for (String id : piece.tablet.readReplicas()) {
            ReadReplica replica = layout.situation.state().readReplicas().get(id);
            if (replica != null
                    && replica.state() != ReadReplicaState.LEAVING
                    && !load.isFollowed(replica.shard(), now, forMillis, staleMillis)) {
                return false;
            }
        }
        return true;
    }

    static Measure measure(PolicyKind kind) {
        return kind == PolicyKind.SIZE ? Measure.SIZE : Measure.LOAD;
    }

    static long max(Policy policy, PolicyKind kind) {
        return kind == PolicyKind.SIZE ? policy.maxBytes() : policy.maxQps();
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

    /** What the shard is over its bound with; null if it is not. */
    private @Nullable Piece heaviestOfTooMuch(Seat seat, PolicyKind kind) {
        Measure measure = measure(kind);
        Piece heaviest = heaviest(seat, measure);
        if (heaviest == null) {
            return null;
        }
        Policy policy = layout.situation.policies().of(heaviest.keyspace);
        double max = (double) max(policy, kind);
        if (max > 0 && seat.get(measure) > max * (1 - policy.hysteresis())) {
            outcome.need(Subject.of(kind, seat.shard, null, null));
        }
        boolean tooMuch = max > 0 && seat.get(measure) > max;
        // A load that is gone by now needs no split.
        boolean still = kind == PolicyKind.SIZE || latestQps(seat) > max * (1 - policy.hysteresis());
        return tooMuch && still ? heaviest : null;
    }

    private static double latestQps(Seat seat) {
        double sum = 0;
        for (Piece piece : seat.pieces) {
            sum += piece.load == null ? 0 : piece.load.latestQps();
        }
        return sum;
    }

    /** Whether something is done about it. */
    private boolean relieve(Seat seat, PolicyKind kind) {
        Piece piece = heaviestOfTooMuch(seat, kind);
        if (piece == null || (piece.taken && piece.tablet.migration() == null)) {
            return false;
        }
        List<Figure> figures = figures(seat, piece, kind);
        if (!piece.fresh) {
            refuse(
                    seat,
                    piece,
                    kind,
                    RefusalCode.METRICS_MISSING,
                    null,
                    "its load was not reported for a while",
                    figures);
            return false;
        }
        Rest.Reason resting = rest.of(kind, piece);
        if (resting != null) {
            refuse(seat, piece, kind, resting.code(), null, resting.reason(), figures);
            return false;
        }
        boolean whole = seat.pieces.size() > 1 && piece.get(measure(kind)) <= seat.get(measure(kind)) * ABOUT_HALF;
        return whole ? moveAway(seat, piece, kind, figures) : splitUp(seat, piece, kind, figures);
    }

    private boolean moveAway(Seat seat, Piece piece, PolicyKind kind, List<Figure> figures) {
        Seat to = destinations.choose(piece, seat);
        if (to == null) {
            refuseForWantOfRoom(seat, piece, kind, figures);
            return false;
        }
        Action action = new Action.MoveTablet(
                piece.keyspace, piece.range.start(), piece.range.end(), seat.shard, to.shard, destinations.makeOn(to));
        return carryOut(seat, piece, piece, to, kind, action, "move its heaviest tablet to " + to.shard, figures);
    }

    private boolean splitUp(Seat seat, Piece piece, PolicyKind kind, List<Figure> figures) {
        return switch (cut(layout, piece, kind, 0.5)) {
            case Cut.None none -> {
                String offer = none.code() == RefusalCode.HOT_KEY && kind == PolicyKind.LOAD ? offer(seat, piece) : "";
                refuse(seat, piece, kind, none.code(), none.key(), none.reason() + offer, figures);
                yield false;
            }
            case Cut.At at -> splitAt(seat, piece, at, kind, figures);
        };
    }

    /** What a read replica could do about a hot key, in words; nothing if it could not do much. */
    private String offer(Seat seat, Piece piece) {
        TabletLoad load = piece.load;
        double reads = load == null || load.latestRequests() == 0
                ? 0
                : (double) load.latestReads() / (double) load.latestRequests();
        Seat follower = piece.tablet.readReplicas().isEmpty() ? destinations.follower(piece, seat) : null;
        if (reads < WORTH_A_REPLICA || follower == null) {
            return "";
        }
        outcome.offer(new ReplicaOffer(piece.keyspace, piece.range.start(), follower.shard, reads));
        return "; " + Cut.percent(reads) + " are reads, which a read replica on " + follower.shard
                + " could serve to clients that can bear some staleness";
    }

    private boolean splitAt(Seat seat, Piece piece, Cut.At at, PolicyKind kind, List<Figure> figures) {
        if (!piece.tablet.readReplicas().isEmpty()) {
            String why = "the tablet has read replicas, which hold its bounds still";
            refuse(seat, piece, kind, RefusalCode.TABLET_IN_MIGRATION, null, why, figures);
            return false;
        }
        Piece right = layout.preview(piece, at.at());
        Seat to = destinations.choose(right, seat);
        if (to == null) {
            refuseForWantOfRoom(seat, piece, kind, figures);
            return false;
        }
        Action action = new Action.SplitAndMove(
                piece.keyspace,
                piece.range.start(),
                piece.range.end(),
                at.at(),
                seat.shard,
                to.shard,
                destinations.makeOn(to));
        String what = "cut its heaviest tablet where " + Cut.percent(at.rightShare())
                + (kind == PolicyKind.SIZE ? " of the data" : " of the requests")
                + " lie to the right, and move that to " + to.shard;
        List<Figure> all = new ArrayList<>(figures);
        all.add(new Figure("share of the right part", at.rightShare()));
        return carryOut(seat, piece, right, to, kind, action, what, all);
    }

    /** Where to cut a tablet so that about so much of the rows (SIZE) or the requests (LOAD) lies to the right. */
    static Cut cut(Layout layout, Piece piece, PolicyKind kind, double wantedRight) {
        TabletLoad load = piece.load;
        Policy policy = layout.situation.policies().of(piece.keyspace);
        if (load == null) {
            return new Cut.None(RefusalCode.METRICS_MISSING, null, "its load was never reported");
        }
        if (kind == PolicyKind.SIZE) {
            return Cut.find(
                    piece.placement, piece.range, load.stored(), List.of(), 0, policy.minSplitShare(), wantedRight);
        }
        if (load.requested().weight() < policy.minSamples()) {
            return new Cut.None(
                    RefusalCode.TOO_FEW_SAMPLES,
                    null,
                    load.requested().weight() + " requests were seen, " + policy.minSamples() + " are needed");
        }
        return Cut.find(
                piece.placement,
                piece.range,
                load.requested(),
                load.hotKeys(),
                load.latestRequests(),
                policy.minSplitShare(),
                wantedRight);
    }

    private boolean carryOut(
            Seat seat,
            Piece piece,
            Piece moved,
            Seat to,
            PolicyKind kind,
            Action action,
            String what,
            List<Figure> figures) {
        Limits.Reached reached = outcome.begin(action, moved.bytes());
        if (reached != null) {
            if (destinations.isMade(to)) {
                layout.close(to);
            }
            refuse(seat, piece, kind, reached.code(), null, reached.reason(), figures);
            return false;
        }
        double before = layout.balance().shards();
        if (action instanceof Action.SplitAndMove split) {
            layout.move(layout.split(piece, split.at()), to);
        } else {
            piece.taken = true;
            layout.move(piece, to);
        }
        outcome.want(outcome.wanted(
                kind,
                action,
                need(seat, piece, kind, figures) + ": " + what,
                figures,
                moved,
                before,
                layout.balance().shards()));
        return true;
    }

    private void refuseForWantOfRoom(Seat seat, Piece piece, PolicyKind kind, List<Figure> figures) {
        refuse(
                seat,
                piece,
                kind,
                RefusalCode.NO_DESTINATION,
                null,
                "no worker but " + seat.worker
                        + " is there to take part of it with room for it, on a shard that it did not leave lately",
                figures);
    }

    private void refuse(
            Seat seat,
            Piece piece,
            PolicyKind kind,
            RefusalCode code,
            dev.kedge.model.@Nullable Bytes key,
            String why,
            List<Figure> figures) {
        outcome.refuse(new Verdict.Refused(
                kind,
                seat.shard,
                piece.keyspace,
                piece.range.start(),
                code,
                key,
                need(seat, piece, kind, figures) + ", but " + why,
                figures));
    }

    private String need(Seat seat, Piece piece, PolicyKind kind, List<Figure> figures) {
        long max = max(layout.situation.policies().of(piece.keyspace), kind);
        double now = figures.get(0).value();
        return kind == PolicyKind.SIZE
                ? String.format(Locale.ROOT, "shard %s holds %.2f GB, more than %.2f", seat.shard, now / 1e9, max / 1e9)
                : String.format(
                        Locale.ROOT, "shard %s serves %.0f requests per second, more than %d", seat.shard, now, max);
    }

    private List<Figure> figures(Seat seat, Piece piece, PolicyKind kind) {
        Measure measure = measure(kind);
        String unit = kind == PolicyKind.SIZE ? "bytes" : "qps";
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("shard " + unit, seat.get(measure)));
        figures.add(new Figure(
                "max " + unit, (double) max(layout.situation.policies().of(piece.keyspace), kind)));
        figures.add(new Figure("tablet " + unit, piece.get(measure)));
        figures.add(new Figure("shard tablets", seat.pieces.size()));
        return figures;
    }
}
