package dev.kedge.simulation.cluster;

import dev.kedge.simulation.cluster.Fleet.Host;
import dev.kedge.simulation.cluster.Fleet.Tablet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How much each shard really has at one moment, without the noise, the delay and the means of what is reported. A worker's part of the whole is
 * 1/workers, a shard's is its worker's by its shards.
 */
final class Truth {
    private final List<Load> loads = new ArrayList<>();
    private final Demand demand;
    private final int shards;
    private double qps;
    private double bytes;

    /** A shard, with its part of the whole; 0 if its worker is being drained, or is drained. */
    private record Load(Host host, double part, double qps, double bytes) {}

    /** What a tablet has. */
    private record Dense(double qps, double bytes) {}

    Truth(Fleet fleet, Demand demand) {
        this.demand = demand;
        Map<String, Integer> perWorker = new HashMap<>();
        fleet.hosts().stream()
                .filter(h -> fleet.isInUse(h.worker))
                .forEach(h -> perWorker.merge(h.worker, 1, Integer::sum));
        shards = perWorker.values().stream().mapToInt(Integer::intValue).sum();
        for (Host host : fleet.hosts()) {
            double ownQps = 0;
            double ownBytes = 0;
            for (Tablet tablet : host.tablets) {
                ownQps += qps(tablet);
                ownBytes += bytes(tablet);
            }
            Integer onWorker = perWorker.get(host.worker);
            double part = onWorker == null ? 0 : 1.0 / (perWorker.size() * (double) onWorker);
            loads.add(new Load(host, part, ownQps, ownBytes));
            qps += ownQps;
            bytes += ownBytes;
        }
    }

    private double qps(Tablet tablet) {
        return demand.terrain(tablet.keyspace).qps(tablet.from, tablet.to);
    }

    private double bytes(Tablet tablet) {
        return demand.terrain(tablet.keyspace).bytes(tablet.from, tablet.to);
    }

    /** How far the shard is off its part of all load or of all bytes that is farthest off: 0.5 = half as much again, or half. */
    double imbalance() {
        double most = 0;
        for (Load load : loads) {
            most = Math.max(most, off(load));
        }
        return most;
    }

    /** What is still on a shard that is to have nothing is measured by the mean of the others. */
    private double off(Load load) {
        if (load.part == 0) {
            return Math.max(load.qps / qps, load.bytes / bytes) * shards;
        }
        return Math.max(Math.abs(load.qps / (load.part * qps) - 1), Math.abs(load.bytes / (load.part * bytes) - 1));
    }

    /** The shard that is farthest off, in words. */
    String worst() {
        Load worst = null;
        double most = -1;
        for (Load load : loads) {
            if (off(load) > most) {
                most = off(load);
                worst = load;
            }
        }
        if (worst == null) {
            return "none";
        }
        double part = worst.part == 0 ? 1.0 / shards : worst.part;
        double qpsPart = part * qps;
        double bytesPart = part * bytes;
        double hottest =
                worst.host.tablets.stream().mapToDouble(this::qps).max().orElse(0);
        double largest =
                worst.host.tablets.stream().mapToDouble(this::bytes).max().orElse(0);
        return String.format(
                Locale.ROOT,
                "%s has %.2f of its part of the load and %.2f of its part of the bytes in %d tablets, of which one has up to %.2f and %.2f",
                worst.host.shard,
                worst.qps / qpsPart,
                worst.bytes / bytesPart,
                worst.host.tablets.size(),
                hottest / qpsPart,
                largest / bytesPart);
    }

    /**
     * A lower bound of the bytes that have to be moved until no shard is more than {@code band} off its part: what the shards above it have to
     * give away, taken from the tablets with the most load for their bytes, or what those below it have to get, taken from the best tablets of
     * all, whichever is more; tablets taken as divisible, and bounds on what may be where left aside.
     */
    double leastBytesToMove(double band) {
        double shedLoad = 0;
        double shedBytes = 0;
        double lackingQps = 0;
        double lackingBytes = 0;
        for (Load load : loads) {
            double over = load.qps - (1 + band) * load.part * qps;
            if (over > 0) {
                shedLoad += cheapest(load.host.tablets, over);
            }
            shedBytes += Math.max(0, load.bytes - (1 + band) * load.part * bytes);
            lackingQps += Math.max(0, (1 - band) * load.part * qps - load.qps);
            lackingBytes += Math.max(0, (1 - band) * load.part * bytes - load.bytes);
        }
        List<Tablet> all = new ArrayList<>();
        loads.forEach(l -> all.addAll(l.host.tablets));
        double fillLoad = lackingQps > 0 ? cheapest(all, lackingQps) : 0;
        return Math.max(Math.max(shedLoad, shedBytes), Math.max(fillLoad, lackingBytes));
    }

    /** The fewest bytes that carry so much load. */
    private double cheapest(List<Tablet> tablets, double wantedQps) {
        List<Dense> dense = new ArrayList<>(tablets.size());
        tablets.forEach(t -> dense.add(new Dense(qps(t), bytes(t))));
        dense.sort(Comparator.comparingDouble(t -> -t.qps / (t.bytes + 1)));
        double sum = 0;
        double left = wantedQps;
        for (Dense tablet : dense) {
            double part = Math.min(1, left / Math.max(1e-9, tablet.qps));
            sum += part * tablet.bytes;
            left -= part * tablet.qps;
            if (left <= 0) {
                break;
            }
        }
        return sum;
    }
}
