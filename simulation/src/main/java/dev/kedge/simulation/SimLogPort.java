package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Ports;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** An engine's way to its own log: two producers whose records and answers keep their order each, and a reader. */
final class SimLogPort implements Ports.Log {
    /** Records of keys that rest afterwards fail more often: what is wrong with them stays visible. */
    private static final int COLD_FACTOR = 30;

    private final World world;
    private final SimLog log;
    private final SimHost host;
    /** Raised by every reset: answers to what was asked before are not given any more. */
    private int generation;

    private final Map<Ports.Lane, Producer> producers = new EnumMap<>(Ports.Lane.class);

    SimLogPort(World world, SimLog log, SimHost host) {
        this.world = world;
        this.log = log;
        this.host = host;
    }

    /** One lane's producer. */
    private static final class Producer {
        long lastArrivalNanos;
        long lastAnswerNanos;
        boolean failed;
        final List<Sent> inFlight = new ArrayList<>();
    }

    private static final class Sent {
        /** Given up by its sender, it never arrives. */
        boolean withdrawn;
        /** Given up by its sender, it sits in a queue of the broker's for so long. */
        long lateNanos;
    }

    /** The log may be slow, or this worker's way to it. */
    private long delayNanos() {
        return log.delayNanos() + host.worker().linkDelayNanos();
    }

    private enum Fate {
        WELL,
        LOST_ACKNOWLEDGEMENT,
        LATE,
        FAILED,
        NO_OFFSET
    }

    @Override
    public void append(long token, Ports.Lane lane, Bytes key, ShardRecord record) {
        Producer producer = producers.computeIfAbsent(lane, l -> new Producer());
        Scheduler scheduler = world.scheduler();
        Sent sent = new Sent();
        producer.inFlight.add(sent);
        Fate fate = fate(producer, key);
        long arrival = Math.max(producer.lastArrivalNanos, scheduler.nowNanos() + delayNanos());
        producer.lastArrivalNanos = arrival;
        if (fate == Fate.LATE) {
            // not in the producer's order any more: what was sent later may stand before it
            arrival += scheduler.between(20, 600) * Scheduler.MILLI;
        }
        long answer =
                Math.max(producer.lastAnswerNanos, (fate == Fate.LATE ? scheduler.nowNanos() : arrival) + delayNanos());
        producer.lastAnswerNanos = answer;
        int asked = generation;
        long answerAfterArrival = Math.max(0, answer - arrival);
        if (fate == Fate.LATE || fate == Fate.FAILED) {
            scheduler.after(
                    answer - scheduler.nowNanos(),
                    () -> answer(asked, () -> host.post(e -> e.appendFailed(token, "simulated"))));
        }
        if (fate == Fate.FAILED) {
            producer.failed = true;
            return;
        }
        producer.failed |= fate != Fate.WELL;
        scheduler.after(arrival - scheduler.nowNanos(), () -> {
            producer.inFlight.remove(sent);
            if (sent.withdrawn) {
                return;
            }
            if (sent.lateNanos > 0) {
                scheduler.after(sent.lateNanos, () -> log.append(key, record));
                return;
            }
            Logged logged = log.append(key, record);
            if (fate == Fate.LATE) {
                return;
            }
            scheduler.after(answerAfterArrival, () -> answer(asked, () -> answered(fate, token, logged)));
        });
    }

    private void answered(Fate fate, long token, Logged logged) {
        switch (fate) {
            case WELL -> host.post(e -> e.appended(token, logged.offset(), logged.timestampMillis()));
            case NO_OFFSET -> host.post(e -> e.appended(token, -1, -1));
            case LOST_ACKNOWLEDGEMENT, LATE, FAILED ->
                host.post(e -> e.appendFailed(token, "simulated: no acknowledgement"));
        }
    }

    private void answer(int asked, Runnable give) {
        if (asked == generation) {
            give.run();
        }
    }

    /** After a failure, what the same producer sends may or may not arrive. */
    private Fate fate(Producer producer, Bytes key) {
        if (producer.failed && world.scheduler().chance(0.5)) {
            return Fate.FAILED;
        }
        double probability =
                world.settings().appendFaultProbability() * (world.workload().isCold(key) ? COLD_FACTOR : 1);
        if (world.strikes(Fault.LOST_ACKNOWLEDGEMENT, probability)) {
            return Fate.LOST_ACKNOWLEDGEMENT;
        }
        if (world.strikes(Fault.LATE_APPEND, probability)) {
            return Fate.LATE;
        }
        if (world.strikes(Fault.FAILED_APPEND, probability / 2)) {
            return Fate.FAILED;
        }
        if (world.strikes(Fault.ACKNOWLEDGED_WITHOUT_OFFSET, probability / 4)) {
            return Fate.NO_OFFSET;
        }
        return Fate.WELL;
    }

    @Override
    public void read(long readId, long from, long to) {
        int asked = generation;
        Scheduler scheduler = world.scheduler();
        scheduler.after(
                delayNanos(),
                () -> answer(asked, () -> {
                    if (world.strikes(Fault.FAILED_READ, 0.01)) {
                        host.post(e -> e.logReadFailed(readId, "simulated"));
                        return;
                    }
                    List<Logged> records = log.read(from, to);
                    int index = 0;
                    while (index < records.size()) {
                        int count = (int) scheduler.between(1, records.size() - index);
                        List<Logged> portion = List.copyOf(records.subList(index, index + count));
                        index += count;
                        host.post(e -> e.logRecords(readId, portion));
                    }
                    host.post(e -> e.logReadDone(readId));
                }));
    }

    @Override
    public void reset() {
        generation++;
        giveUp();
    }

    /** What is under way may still arrive, soon or late, or never. */
    void giveUp() {
        for (Producer producer : producers.values()) {
            for (Sent sent : producer.inFlight) {
                sent.withdrawn = world.scheduler().chance(0.5);
                if (!sent.withdrawn && world.strikes(Fault.LATE_APPEND, 0.3)) {
                    sent.lateNanos = world.scheduler().between(1, 1_000) * Scheduler.MILLI;
                }
            }
        }
        producers.clear();
    }
}
