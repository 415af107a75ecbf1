package dev.kedge.orchestrator.policy;

import java.util.ArrayList;
import java.util.List;

/** A shard with what is on it. */
final class Seat {
    final String shard;
    final String worker;

    /** Its worker can be given more. */
    final boolean usable;

    /** It does not exist: it would be made. */
    final boolean isNew;

    final double[] amounts = new double[Measure.values().length];
    final List<Piece> pieces = new ArrayList<>();

    /** Takes part in balancing: usable, and the load of all its tablets is known. */
    boolean counts;

    /** Its part of the whole; 0 if it does not count. */
    double part;

    Seat(String shard, String worker, boolean usable, boolean isNew) {
        this.shard = shard;
        this.worker = worker;
        this.usable = usable;
        this.isNew = isNew;
    }

    double get(Measure measure) {
        return amounts[measure.index];
    }

    void add(Piece piece) {
        piece.index = pieces.size();
        piece.seat = this;
        pieces.add(piece);
        for (int i = 0; i < amounts.length; i++) {
            amounts[i] += piece.amounts[i];
        }
    }

    void remove(Piece piece) {
        Piece last = pieces.remove(pieces.size() - 1);
        if (last != piece) {
            pieces.set(piece.index, last);
            last.index = piece.index;
        }
        for (int i = 0; i < amounts.length; i++) {
            amounts[i] -= piece.amounts[i];
        }
    }
}
