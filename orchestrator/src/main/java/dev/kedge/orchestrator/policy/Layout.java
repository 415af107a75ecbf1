package dev.kedge.orchestrator.policy;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Keyspace;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Tablet;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Policy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which tablet is on which shard and how much of everything that makes, as it will be once what runs is done. Changes as policies try
 * things out; lives within one evaluation. A move costs O(1), whatever the size of the cell.
 */
final class Layout {
    private static final int MEASURES = Measure.values().length;

    final Situation situation;
    final Map<String, Seat> seats = new LinkedHashMap<>();

    /** The pieces of each keyspace, in the order of their ranges. */
    final Map<String, List<Piece>> keyspaces = new LinkedHashMap<>();

    private final double[] totals = new double[MEASURES];
    private final List<Measure> balanced = new ArrayList<>();
    private int unknown;

    private Layout(Situation situation) {
        this.situation = situation;
    }

    static Layout of(Situation situation) {
        Layout layout = new Layout(situation);
        layout.addSeats();
        layout.addPieces();
        layout.weigh();
        return layout;
    }

    private void addSeats() {
        CellState state = situation.state();
        Map<String, Integer> hosted = new LinkedHashMap<>();
        for (Shard shard : state.shards().values()) {
            boolean usable = situation.workers().contains(shard.worker());
            seats.put(shard.name(), new Seat(shard.name(), shard.worker(), usable, false));
            hosted.merge(shard.worker(), 1, Integer::sum);
        }
        for (String worker : situation.workers().stream().sorted().toList()) {
            if (!hosted.containsKey(worker)) {
                addNew(worker);
            }
        }
    }

    /** A place for a shard that would be made on a worker. */
    Seat addNew(String worker) {
        String name = newShard(worker);
        Seat seat = new Seat(name, worker, true, true);
        seats.put(name, seat);
        return seat;
    }

    private String newShard(String worker) {
        String base = worker.length() > 80 ? worker.substring(0, 80) : worker;
        int number = 1;
        while (seats.containsKey(base + "-s" + number)) {
            number++;
        }
        return base + "-s" + number;
    }

    private void addPieces() {
        CellState state = situation.state();
        for (Keyspace keyspace : state.keyspaces().values()) {
            Policy policy = situation.policies().of(keyspace.name());
            List<Piece> pieces = new ArrayList<>(keyspace.tablets().size());
            Loads loads = new Loads(situation.load().tablets().get(keyspace.name()));
            Bytes start = null;
            Tablet tablet = null;
            for (Map.Entry<Bytes, Tablet> next : keyspace.tablets()) {
                if (start != null && tablet != null) {
                    KeyRange range = new KeyRange(start, next.getKey());
                    pieces.add(piece(keyspace, policy, range, tablet, loads.of(start)));
                }
                start = next.getKey();
                tablet = next.getValue();
            }
            if (start != null && tablet != null) {
                pieces.add(piece(keyspace, policy, new KeyRange(start, null), tablet, loads.of(start)));
            }
            keyspaces.put(keyspace.name(), pieces);
        }
    }

    /** A keyspace's loads, asked for in the order of their starts: both maps are walked through once, side by side. */
    private static final class Loads {
        private final Iterator<Map.Entry<Bytes, TabletLoad>> rest;
        private Map.@Nullable Entry<Bytes, TabletLoad> next;

        Loads(@Nullable Iterable<Map.Entry<Bytes, TabletLoad>> loads) {
            rest = loads == null ? Collections.emptyIterator() : loads.iterator();
            next = rest.hasNext() ? rest.next() : null;
        }

        @Nullable
        TabletLoad of(Bytes start) {
            while (next != null && next.getKey().compareTo(start) < 0) {
                next = rest.hasNext() ? rest.next() : null;
            }
            return next != null && next.getKey().equals(start) ? next.getValue() : null;
        }
    }

    private Piece piece(Keyspace keyspace, Policy policy, KeyRange range, Tablet tablet, @Nullable TabletLoad load) {
        boolean fresh = load != null && situation.nowMillis() - load.atMillis() <= policy.staleMillis();
        Seat seat = seat(ownerToBe(tablet));
        Piece piece = new Piece(keyspace.name(), keyspace.placement(), range, tablet, load, fresh, seat);
        seat.add(piece);
        return piece;
    }

    /** A tablet on the move counts where it goes. */
    private String ownerToBe(Tablet tablet) {
        Migration m = tablet.migration() == null
                ? null
                : situation.state().migrations().get(tablet.migration());
        if (m == null) {
            return tablet.shard();
        }
        return m.isReturning() ? m.plan().from() : m.plan().to();
    }

    /** Whether a worker is to hold nothing: it is being drained, or was. */
    boolean isDrained(String name) {
        Worker worker = situation.state().worker(name);
        return worker != null && !worker.isInUse();
    }

    /** The seat of a shard that exists or that this evaluation has made a place for. */
    Seat seat(String shard) {
        Seat seat = seats.get(shard);
        if (seat == null) {
            throw new IllegalArgumentException("there is no shard " + shard);
        }
        return seat;
    }

    /** Finds what counts, how much there is of everything, and everybody's part. */
    void weigh() {
        unknown = 0;
        for (Seat seat : seats.values()) {
            boolean known = true;
            boolean lost = false;
            for (Piece piece : seat.pieces) {
                known &= piece.fresh;
                lost |= !piece.fresh && piece.load != null;
            }
            seat.counts = seat.usable && known;
            unknown += seat.usable && lost ? 1 : 0;
        }
        share();
    }

    /** Lets a place made for a new shard count. */
    void open(Seat made) {
        made.counts = true;
        share();
    }

    /** Forgets a place that nothing came to after all. */
    void close(Seat made) {
        seats.remove(made.shard);
        share();
    }

    /** The seat of a shard that is to be made under that name, unless it is there already. */
    Seat seat(String shard, String worker) {
        Seat seat = seats.get(shard);
        if (seat == null) {
            seat = new Seat(shard, worker, situation.workers().contains(worker), true);
            seats.put(shard, seat);
            seat.counts = seat.usable;
            share();
        }
        return seat;
    }

    private void share() {
        Map<String, Integer> perWorker = new LinkedHashMap<>();
        java.util.Arrays.fill(totals, 0);
        for (Seat seat : seats.values()) {
            if (seat.counts) {
                perWorker.merge(seat.worker, 1, Integer::sum);
                for (int i = 0; i < totals.length; i++) {
                    totals[i] += seat.amounts[i];
                }
            }
        }
        for (Seat seat : seats.values()) {
            Integer shards = perWorker.get(seat.worker);
            seat.part = seat.counts && shards != null ? 1.0 / (perWorker.size() * (double) shards) : 0;
        }
        Policy policy = situation.policies().cell();
        int workers = Math.max(1, perWorker.size());
        balanced.clear();
        if (totals[Measure.SIZE.index] >= (double) policy.balanceBytes() * workers) {
            balanced.add(Measure.SIZE);
        }
        if (totals[Measure.LOAD.index] >= (double) policy.balanceQps() * workers) {
            balanced.add(Measure.LOAD);
        }
        if (balanced.isEmpty()) {
            balanced.add(Measure.COUNT);
        }
    }

    /** Shards whose worker lives but whose load, known before, is not any more. */
    int unknown() {
        return unknown;
    }

    /** What is to be even. */
    List<Measure> balanced() {
        return balanced;
    }

    /** How full a shard is: 1 = it has its part of the whole. */
    double fullness(Seat seat, Measure measure) {
        double part = seat.part * totals[measure.index];
        return part <= 0 ? 1 : seat.get(measure) / part;
    }

    /** By whichever measure is balanced and fullest. */
    double fullness(Seat seat) {
        double fullest = 0;
        for (Measure measure : balanced) {
            fullest = Math.max(fullest, fullness(seat, measure));
        }
        return fullest;
    }

    double total(Measure measure) {
        return totals[measure.index];
    }

    void move(Piece piece, Seat to) {
        boolean counted = piece.seat.counts;
        piece.seat.remove(piece);
        to.add(piece);
        if (counted != to.counts) {
            share();
        }
    }

    /** Lets a piece count as no tablet of its own. */
    void uncount(Piece piece) {
        piece.seat.amounts[Measure.COUNT.index] -= piece.get(Measure.COUNT);
        piece.amounts[Measure.COUNT.index] = 0;
        share();
    }

    /** The right part that a piece would have; nothing changes. */
    Piece preview(Piece whole, Bytes at) {
        return part(whole, at, false);
    }

    private static Piece part(Piece whole, Bytes at, boolean left) {
        KeyRange range = left ? new KeyRange(whole.range.start(), at) : new KeyRange(at, whole.range.end());
        TabletLoad load = whole.load == null ? null : whole.load.part(at, left);
        Piece part = new Piece(whole.keyspace, whole.placement, range, whole.tablet, load, whole.fresh, whole.seat);
        part.taken = true;
        return part;
    }

    /** Replaces a piece by its two parts, both taken; returns the right one. */
    Piece split(Piece whole, Bytes at) {
        List<Piece> pieces = pieces(whole.keyspace);
        int index = index(pieces, whole.range.start());
        Piece left = part(whole, at, true);
        Piece right = part(whole, at, false);
        whole.seat.remove(whole);
        left.seat.add(left);
        right.seat.add(right);
        pieces.set(index, left);
        pieces.add(index + 1, right);
        return right;
    }

    /** The neighbour to the left; null if there is none. */
    @Nullable
    Piece before(Piece piece) {
        List<Piece> pieces = pieces(piece.keyspace);
        int index = index(pieces, piece.range.start());
        return index > 0 ? pieces.get(index - 1) : null;
    }

    /** The neighbour to the right; null if there is none. */
    @Nullable
    Piece after(Piece piece) {
        List<Piece> pieces = pieces(piece.keyspace);
        int index = index(pieces, piece.range.start());
        return index + 1 < pieces.size() ? pieces.get(index + 1) : null;
    }

    List<Piece> pieces(String keyspace) {
        List<Piece> pieces = keyspaces.get(keyspace);
        if (pieces == null) {
            throw new IllegalArgumentException("there is no keyspace " + keyspace);
        }
        return pieces;
    }

    /** The piece with exactly these bounds; null if there is none. */
    @Nullable
    Piece find(String keyspace, KeyRange range) {
        List<Piece> pieces = keyspaces.get(keyspace);
        if (pieces == null) {
            return null;
        }
        int index = index(pieces, range.start());
        return index >= 0 && pieces.get(index).range.equals(range) ? pieces.get(index) : null;
    }

    /** Where the piece with that start is; -1 if there is none. */
    private static int index(List<Piece> pieces, Bytes start) {
        int low = 0;
        int high = pieces.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int c = pieces.get(middle).range.start().compareTo(start);
            if (c == 0) {
                return middle;
            }
            if (c < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    Balance balance() {
        double fullest = 0;
        double emptiest = 0;
        double workers = 0;
        Map<String, double[]> perWorker = new LinkedHashMap<>();
        for (Seat seat : seats.values()) {
            if (!seat.counts) {
                continue;
            }
            double[] sums = perWorker.computeIfAbsent(seat.worker, w -> new double[MEASURES]);
            for (Measure measure : balanced) {
                double over = fullness(seat, measure) - 1;
                fullest = Math.max(fullest, over);
                emptiest = Math.max(emptiest, -over);
                sums[measure.index] += seat.get(measure);
            }
        }
        for (double[] sums : perWorker.values()) {
            for (Measure measure : balanced) {
                double total = totals[measure.index];
                double part = total / perWorker.size();
                workers = Math.max(workers, part <= 0 ? 0 : Math.abs(sums[measure.index] / part - 1));
            }
        }
        return new Balance(
                Math.max(fullest, emptiest),
                workers,
                fullest,
                emptiest,
                balanced.contains(Measure.SIZE),
                balanced.contains(Measure.LOAD));
    }
}
