package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Ports;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** An engine's way to its own log: two producers and a reader. */
final class SimLogPort implements Ports.Log {
    private final World world;
    private final SimLog log;
    private final SimHost host;
    /** Raised by every reset: reads asked for before are not answered any more. */
    private int generation;

    private final Map<Ports.Lane, SimProducer> producers = new EnumMap<>(Ports.Lane.class);

    SimLogPort(World world, SimLog log, SimHost host) {
        this.world = world;
        this.log = log;
        this.host = host;
    }

    @Override
    public void append(long token, Ports.Lane lane, Bytes key, ShardRecord record) {
        if (record instanceof ShardRecord.Opened) {
            world.faults().openingIsComing(log.shard(), host.worker());
        }
        producers.computeIfAbsent(lane, l -> new SimProducer(world, log, host)).append(token, key, record);
    }

    @Override
    public void read(long readId, long from, long to) {
        Link link = host.worker().link();
        long delay = log.delayNanos() + link.delayNanos() + Math.max(link.cutNanos(), log.leaderlessNanos());
        int asked = generation;
        world.scheduler().after(delay, () -> {
            if (asked != generation) {
                return;
            }
            if (world.strikes(Fault.FAILED_READ, 0.01)) {
                host.post(e -> e.logReadFailed(readId, "simulated"));
                return;
            }
            List<Logged> records = log.read(from, to);
            int index = 0;
            while (index < records.size()) {
                int count = (int) world.scheduler().between(1, records.size() - index);
                List<Logged> portion = List.copyOf(records.subList(index, index + count));
                index += count;
                host.post(e -> e.logRecords(readId, portion));
            }
            host.post(e -> e.logReadDone(readId));
        });
    }

    @Override
    public void reset() {
        generation++;
        giveUp();
    }

    void giveUp() {
        producers.values().forEach(SimProducer::giveUp);
        producers.clear();
    }
}
