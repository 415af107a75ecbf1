package dev.kedge.orchestrator.policy;

/**
 * The potential that every move of the distribution policy must lower: for each balanced measure, the sum over all shards of
 * {@code amount² / (part * total²)}, which is 1 when each has exactly its part and grows with the square of what it is off. What lowers it
 * strictly with each move can't go round in circles.
 */
final class Evenness {
    private final Layout layout;

    Evenness(Layout layout) {
        this.layout = layout;
    }

    /** By how much moving a piece lowers the potential: positive is good. O(1). */
    double gain(Piece piece, Seat to) {
        Seat from = piece.seat;
        double gain = 0;
        for (Measure measure : layout.balanced()) {
            double total = layout.total(measure);
            if (total <= 0) {
                continue;
            }
            double weight = piece.get(measure) / total;
            double source = from.get(measure) / total;
            double destination = to.get(measure) / total;
            gain += weight * (2 * source - weight) / from.part - weight * (2 * destination + weight) / to.part;
        }
        return gain;
    }

    /**
     * By how much a move brings the two shards together nearer to their parts, as a share of those: how far they are off is the root of the sum of
     * squares over what is balanced. Too little counts like too much, and a gain in one measure may cost some evenness of the other: else a
     * shard that serves much with few bytes could neither give hot tablets away nor get the cold ones that it lacks.
     */
    double relief(Piece piece, Seat to) {
        Seat from = piece.seat;
        double before = 0;
        double after = 0;
        for (Measure measure : layout.balanced()) {
            double total = layout.total(measure);
            if (total <= 0) {
                continue;
            }
            double source = from.get(measure) / total;
            double destination = to.get(measure) / total;
            double weight = piece.get(measure) / total;
            before += squareOff(source, from) + squareOff(destination, to);
            after += squareOff(source - weight, from) + squareOff(destination + weight, to);
        }
        return Math.sqrt(before) - Math.sqrt(after);
    }

    /** By how much a move brings the fuller of the two shards down, by whichever measure is fullest, as a share of its part. */
    double lowers(Piece piece, Seat to) {
        Seat from = piece.seat;
        double before = 0;
        double after = 0;
        for (Measure measure : layout.balanced()) {
            double total = layout.total(measure);
            if (total <= 0) {
                continue;
            }
            double source = from.get(measure) / total;
            double destination = to.get(measure) / total;
            double weight = piece.get(measure) / total;
            before = Math.max(before, Math.max(source / from.part, destination / to.part));
            after = Math.max(after, Math.max((source - weight) / from.part, (destination + weight) / to.part));
        }
        return before - after;
    }

    private static double squareOff(double share, Seat seat) {
        double off = share / seat.part - 1;
        return off * off;
    }
}
