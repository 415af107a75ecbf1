package dev.kedge.orchestrator.policy;

import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.Policy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where to put what must leave a shard: the emptiest shard with room on the emptiest worker, or a new one made for it. The one place where
 * that is decided, for splits, merges and drains alike.
 */
final class Destinations {
    private static final double AS_GOOD_AS_EMPTY = 0.05;

    private final Layout layout;
    private final Rest rest;
    private final Evenness evenness;
    private final Set<Seat> made = new HashSet<>();

    Destinations(Layout layout, Rest rest) {
        this.layout = layout;
        this.rest = rest;
        evenness = new Evenness(layout);
    }

    /**
     * A worker and how much it has of everything.
     *
     * @param seats the emptiest first
     * @param tablets on them: what counts where the load is not known, or is the same
     */
    private record Host(String worker, List<Seat> seats, double fullness, double tablets) {}

    /**
     * The seat for a piece that leaves {@code from}, on a worker that is not {@code from}'s, and not where it came from lately; null if there is none. A new seat is part of the
     * layout from then on.
     */
    @Nullable
    Seat choose(Piece piece, Seat from) {
        for (Host host : hosts()) {
            if (host.worker().equals(from.worker)) {
                continue;
            }
            for (Seat seat : host.seats()) {
                if (seat.counts && suits(piece, seat, evenness.lowers(piece, seat))) {
                    return seat;
                }
            }
            if (host.seats().size() < layout.situation.policies().cell().maxShardsPerWorker()) {
                Seat seat = layout.addNew(host.worker());
                layout.open(seat);
                made.add(seat);
                return seat;
            }
        }
        return null;
    }

    /**
     * All shards that could take a piece that can't stay where it is, the best first: in the order of {@link #choose}, and after them those that
     * have no room or that it left lately. None is made for it. A shard whose load is not known is taken to have just its part.
     */
    List<Seat> homes(Piece piece) {
        List<Seat> best = new ArrayList<>();
        List<Seat> rather = new ArrayList<>();
        for (Host host : hosts()) {
            for (Seat seat : host.seats()) {
                if (!seat.isNew && !isReplicaOf(piece, seat)) {
                    (suits(piece, seat, 0) ? best : rather).add(seat);
                }
            }
        }
        best.addAll(rather);
        return best;
    }

    private boolean suits(Piece piece, Seat seat, double relief) {
        return fits(seat, piece) && !isReplicaOf(piece, seat) && !rest.isReturn(piece, seat, relief);
    }

    /** The emptiest existing shard on another worker that could follow a piece of {@code from}; null if there is none. */
    @Nullable
    Seat follower(Piece piece, Seat from) {
        for (Host host : hosts()) {
            for (Seat seat : host.seats()) {
                if (!host.worker().equals(from.worker)
                        && layout.situation.state().shard(seat.shard) instanceof Shard.Assigned
                        && !isReplicaOf(piece, seat)) {
                    return seat;
                }
            }
        }
        return null;
    }

    /** Whether {@link #choose} added the seat, and nothing came to it yet. */
    boolean isMade(Seat seat) {
        return seat.pieces.isEmpty() && made.contains(seat);
    }

    /** Usable workers, the emptiest first. */
    private List<Host> hosts() {
        Map<String, List<Seat>> byWorker = new LinkedHashMap<>();
        for (Seat seat : layout.seats.values()) {
            if (seat.usable) {
                byWorker.computeIfAbsent(seat.worker, w -> new ArrayList<>()).add(seat);
            }
        }
        List<Host> hosts = new ArrayList<>();
        byWorker.forEach((worker, seats) -> {
            double fullness = 0;
            for (Measure measure : layout.balanced()) {
                double sum = 0;
                for (Seat seat : seats) {
                    sum += seat.get(measure);
                }
                double total = layout.total(measure);
                fullness = Math.max(fullness, total <= 0 ? 0 : sum / total);
            }
            seats.sort(Comparator.comparingDouble((Seat s) -> layout.fullness(s))
                    .thenComparingDouble(s -> s.get(Measure.COUNT))
                    .thenComparing(s -> s.shard));
            hosts.add(new Host(
                    worker,
                    seats,
                    fullness,
                    seats.stream().mapToDouble(s -> s.get(Measure.COUNT)).sum()));
        });
        hosts.sort(Comparator.comparingDouble(Host::fullness)
                .thenComparingDouble(Host::tablets)
                .thenComparing(Host::worker));
        return hosts;
    }

    /**
     * Whether the seat would stay below the bounds above which it would be split itself. One that has next to nothing will do in any case: a new
     * one would be no better.
     */
    boolean hasRoom(Seat seat, Piece piece) {
        return seat.counts && fits(seat, piece);
    }

    private boolean fits(Seat seat, Piece piece) {
        Policy policy = layout.situation.policies().of(piece.keyspace);
        double share = 1 - policy.hysteresis();
        return fits(seat.get(Measure.SIZE), piece.get(Measure.SIZE), policy.maxBytes(), share)
                && fits(seat.get(Measure.LOAD), piece.get(Measure.LOAD), policy.maxQps(), share);
    }

    private static boolean fits(double has, double more, long max, double share) {
        return max == 0 || has + more <= (double) max * share || has <= (double) max * AS_GOOD_AS_EMPTY;
    }

    /** A shard that follows the tablet can't own it as well. */
    boolean isReplicaOf(Piece piece, Seat seat) {
        for (String id : piece.tablet.readReplicas()) {
            var replica = layout.situation.state().readReplicas().get(id);
            if (replica != null && replica.shard().equals(seat.shard)) {
                return true;
            }
        }
        return false;
    }

    /** Where a seat's shard would have to be made; null if it exists. */
    @Nullable
    String makeOn(Seat seat) {
        Shard known = layout.situation.state().shard(seat.shard);
        return known == null ? seat.worker : null;
    }
}
