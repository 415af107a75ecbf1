package dev.kedge.orchestrator.policy;

import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Tablet;
import org.jspecify.annotations.Nullable;

/** A tablet, or a part that one is about to be split into. */
final class Piece {
    final String keyspace;
    final Placement placement;
    final KeyRange range;
    final Tablet tablet;
    final @Nullable TabletLoad load;
    final boolean fresh;
    final double[] amounts = new double[Measure.values().length];
    Seat seat;

    /** Concerned by a proposal, an earlier one or one of this evaluation. */
    boolean taken;

    /** Its place among the pieces of its seat. */
    int index;

    Piece(
            String keyspace,
            Placement placement,
            KeyRange range,
            Tablet tablet,
            @Nullable TabletLoad load,
            boolean fresh,
            Seat seat) {
        this.keyspace = keyspace;
        this.placement = placement;
        this.range = range;
        this.tablet = tablet;
        this.load = load;
        this.fresh = fresh;
        this.seat = seat;
        amounts[Measure.SIZE.index] = load == null ? 0 : (double) load.bytes();
        amounts[Measure.LOAD.index] = load == null ? 0 : load.qps();
        amounts[Measure.COUNT.index] = 1;
    }

    double get(Measure measure) {
        return amounts[measure.index];
    }

    long bytes() {
        return (long) get(Measure.SIZE);
    }

    long rows() {
        return load == null ? 0 : load.rows();
    }

    /** Whether anything may be done with it as far as migrations and proposals go. */
    boolean isFree() {
        return !taken && tablet.migration() == null;
    }
}
