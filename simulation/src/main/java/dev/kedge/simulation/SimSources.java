package dev.kedge.simulation;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Ports;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Readers of other shards' logs, one per replica. */
final class SimSources implements Ports.SourceLogs {
    private static final long END_INTERVAL_NANOS = 100 * Scheduler.MILLI;

    private final World world;
    private final SimHost host;
    private final Map<Long, Reader> readers = new HashMap<>();

    SimSources(World world, SimHost host) {
        this.world = world;
        this.host = host;
    }

    private final class Reader implements SimLog.Observer {
        final long id;
        final SimLog log;
        long next;
        boolean first = true;
        boolean paused;
        boolean closed;
        boolean scheduled;
        boolean telling;

        Reader(long id, SimLog log, long from) {
            this.id = id;
            this.log = log;
            this.next = from;
        }

        @Override
        public void appended(SimLog source, Logged logged) {
            poke();
            tellEndLater();
        }

        /** Also while it is paused. */
        private void tellEndLater() {
            if (paused && !closed && !telling) {
                telling = true;
                world.scheduler()
                        .after(END_INTERVAL_NANOS + host.worker().link().cutNanos(), host.process(), () -> {
                            telling = false;
                            long now = next;
                            long end = log.end();
                            if (paused
                                    && !closed
                                    && host.worker().link().cutNanos() == 0
                                    && log.leaderlessNanos() == 0) {
                                host.post(e -> {
                                    if (!closed) {
                                        e.sourceRecords(id, List.of(), now, end);
                                    }
                                });
                            }
                        });
            }
        }

        void poke() {
            if (!scheduled && !closed && !paused && (first || next < log.end())) {
                scheduled = true;
                long obstacle = Math.max(host.worker().link().cutNanos(), log.leaderlessNanos());
                world.scheduler().after(log.delayNanos() + obstacle, host.process(), this::fetch);
            }
        }

        private void fetch() {
            scheduled = false;
            if (closed || paused) {
                return;
            }
            if (host.worker().link().cutNanos() > 0 || log.leaderlessNanos() > 0) {
                poke();
                return;
            }
            first = false;
            long end = log.end();
            long to = next >= end ? end : Math.min(end, next + world.scheduler().between(1, 60));
            List<Logged> records = log.read(next, to);
            next = Math.max(next, to);
            long now = next;
            host.post(e -> {
                if (!closed) {
                    e.sourceRecords(id, records, now, end);
                }
            });
            poke();
        }
    }

    @Override
    public void open(long sourceId, String topic, long from) {
        SimLog log = world.log(topic);
        Reader reader = new Reader(sourceId, log, from);
        readers.put(sourceId, reader);
        log.observe(reader);
        reader.poke();
    }

    @Override
    public void pause(long sourceId, boolean paused) {
        Reader reader = readers.get(sourceId);
        if (reader != null) {
            reader.paused = paused;
            reader.poke();
        }
    }

    @Override
    public void close(long sourceId) {
        Reader reader = readers.remove(sourceId);
        if (reader != null) {
            reader.closed = true;
            reader.log.ignore(reader);
        }
    }

    void closeAll() {
        List.copyOf(readers.keySet()).forEach(this::close);
    }

    /**
     * Arrives whatever becomes of the writer. Now and then another of its tries, with a key of its own, comes late: the shard may long have
     * taken the range back by then (R2).
     */
    @Override
    public void appendFence(long sourceId, Bytes key, ShardRecord.Fence fence) {
        Reader reader = readers.get(sourceId);
        if (reader == null) {
            throw new IllegalStateException("a fence for the source " + sourceId + ", which is not open");
        }
        world.count("takeover fences");
        SimLog log = reader.log;
        world.faults().fenceIsComing(log.shard());
        long obstacle = Math.max(host.worker().link().cutNanos(), log.leaderlessNanos());
        world.scheduler().after(log.delayNanos() + obstacle, () -> log.append(key, fence));
        if (world.strikes(Fault.DUPLICATED_DELIVERY, 0.5)) {
            Bytes another = key.concat(Bytes.utf8("late"));
            long late = world.scheduler().between(1, 4_000) * Scheduler.MILLI;
            world.scheduler().after(late, () -> log.append(another, fence));
        }
    }
}
