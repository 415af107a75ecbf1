package dev.kedge.simulation.cluster;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A load to balance, and what an operator does meanwhile. */
public enum Scenario {
    UNIFORM("Every position has the same load, and every shard as many tablets: there is nothing to do.", 60) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.even(size);
        }
    },
    ZIPF(
            "Load by Zipf's law (s = 0.8) over ranges a quarter of a tablet wide, strewn over all keyspaces; bytes are even.",
            180) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.zipf(size, seed, 0.8);
        }
    },
    HOTSPOT("A stretch of 2 % of all positions has 10 % of all load, and is elsewhere every two hours.", 360) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.movingHotSpot(size, seed, 0.1, 0.02, 120);
        }

        @Override
        List<Integer> changes() {
            return List.of(0, 120, 240);
        }
    },
    DIURNAL("Half of the keyspaces are busy at day and half at night, by 50 %, with a day of four hours.", 480) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.diurnal(size, 0.5, 240);
        }

        @Override
        boolean drifts() {
            return true;
        }
    },
    FLASH("Half a tablet is asked for 30,000 times a second for an hour, from minute 30 on, and then no more.", 270) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.flashCrowd(size, 30_000, 30, 90);
        }

        @Override
        List<Integer> changes() {
            return List.of(0, 30, 90);
        }
    },
    SEQUENTIAL("Each keyspace is written at its end only: 2,000 rows of 1 kB per second.", 360) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.sequential(size, 2_000, 1_000, minutes());
        }

        @Override
        boolean drifts() {
            return true;
        }
    },
    HOT_KEY("One key is asked for 15,000 times a second, from minute 20 on: no cut can spread that.", 120) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.hotKey(size, 15_000, 20);
        }

        @Override
        List<Integer> changes() {
            return List.of(0, 20);
        }
    },
    GROW("The load is even, and in minute 20 a tenth more workers with as many shards each join.", 240) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.even(size);
        }

        @Override
        List<Integer> changes() {
            return List.of(0, 20);
        }

        @Override
        int growsInMinute() {
            return 20;
        }

        @Override
        Double idealShare(ClusterSize size) {
            return size.moreWorkers() / (double) (size.workers() + size.moreWorkers());
        }
    },
    DRAIN("The load is even, and in minute 20 a tenth of the workers is drained.", 180) {
        @Override
        Demand demand(ClusterSize size, long seed) {
            return Demand.even(size);
        }

        @Override
        List<Integer> changes() {
            return List.of(0, 20);
        }

        @Override
        int drainsInMinute() {
            return 20;
        }

        @Override
        Double idealShare(ClusterSize size) {
            return size.moreWorkers() / (double) size.workers();
        }
    };

    private final String what;
    private final int minutes;

    Scenario(String what, int minutes) {
        this.what = what;
        this.minutes = minutes;
    }

    /** One sentence. */
    public String what() {
        return what;
    }

    /** How it is called on the command line. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How long it goes on in simulated time. */
    public int minutes() {
        return minutes;
    }

    abstract Demand demand(ClusterSize size, long seed);

    /** The minutes in which the load changes; between them it stands still, unless it {@link #drifts}. */
    List<Integer> changes() {
        return List.of(0);
    }

    /** Whether the load changes all the time. */
    boolean drifts() {
        return false;
    }

    /** What share of everything has to move at least; null where it depends on the load. */
    @Nullable
    Double idealShare(ClusterSize size) {
        return null;
    }

    /** When workers are drained; -1 = never. */
    int drainsInMinute() {
        return -1;
    }

    /** When workers join; -1 = never. */
    int growsInMinute() {
        return -1;
    }
}
