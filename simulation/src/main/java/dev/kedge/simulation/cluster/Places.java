package dev.kedge.simulation.cluster;

import dev.kedge.model.Bytes;

/** Positions of a RANGE keyspace as numbers from 0 (its start) to 1 (its end), and back. Order is kept. */
final class Places {
    private static final int LENGTH = 6;
    private static final double SPAN = (double) (1L << (8 * LENGTH));

    private Places() {}

    static Bytes bytes(double place) {
        long number = (long) (place * SPAN);
        byte[] bytes = new byte[LENGTH];
        for (int i = LENGTH - 1; i >= 0; i--) {
            bytes[i] = (byte) number;
            number >>>= 8;
        }
        return Bytes.wrap(bytes);
    }

    static double of(Bytes position) {
        double place = 0;
        double unit = 1;
        for (int i = 0; i < Math.min(LENGTH, position.length()); i++) {
            unit /= 256;
            place += (position.at(i) & 0xff) * unit;
        }
        return place;
    }
}
