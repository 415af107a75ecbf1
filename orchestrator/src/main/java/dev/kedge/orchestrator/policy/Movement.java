package dev.kedge.orchestrator.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much of the whole changes its place, against how much would have to for every shard to have exactly its part: 1/n where one joins n - 1
 * that are even, and all of what a drained worker had.
 *
 * @param byBytes whether shares are of all bytes; else of all tablets, because nothing is known of bytes
 * @param joined shards that can be given something and own nothing yet
 * @param leaving shards of workers that are being drained, or are drained, with something on them
 * @param moved share of what is under way, wanted now or later, or still to leave a worker that is being drained
 * @param ideal share of what exact parts would take
 */
public record Movement(boolean byBytes, int joined, int leaving, double moved, double ideal) {

    /** @param later wanted beyond what the layout shows */
    static Movement of(Layout layout, List<Verdict.Wanted> later) {
        Map<String, Double> owned = new HashMap<>();
        double bytes = 0;
        for (Seat seat : layout.seats.values()) {
            bytes += seat.get(Measure.SIZE);
        }
        boolean byBytes = bytes > 0;
        double all = 0;
        double moved = 0;
        for (Seat seat : layout.seats.values()) {
            boolean leaves = layout.isDrained(seat.worker);
            double stays = 0;
            for (Piece piece : seat.pieces) {
                double amount = byBytes ? piece.get(Measure.SIZE) : 1;
                boolean moves = !seat.shard.equals(piece.tablet.shard());
                all += amount;
                moved += moves || leaves ? amount : 0;
                stays += moves ? 0 : amount;
                if (moves) {
                    owned.merge(piece.tablet.shard(), amount, Double::sum);
                }
            }
            owned.merge(seat.shard, stays, Double::sum);
        }
        for (Verdict.Wanted wanted : later) {
            moved += byBytes ? wanted.bytes() : 1;
        }
        int joined = 0;
        int leaving = 0;
        double ideal = 0;
        for (Seat seat : layout.seats.values()) {
            double has = owned.getOrDefault(seat.shard, 0.0);
            joined += seat.usable && has == 0 ? 1 : 0;
            leaving += layout.isDrained(seat.worker) && has > 0 ? 1 : 0;
            ideal += all <= 0 ? 0 : Math.max(0, seat.part - has / all);
        }
        return new Movement(byBytes, joined, leaving, all <= 0 ? 0 : moved / all, ideal);
    }
}
