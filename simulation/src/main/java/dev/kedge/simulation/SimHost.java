package dev.kedge.simulation;

import dev.kedge.router.RoutingMap;
import dev.kedge.worker.engine.EngineInbox.Input;
import dev.kedge.worker.engine.LogRecovery;
import dev.kedge.worker.engine.Ports;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.engine.Shard;
import dev.kedge.worker.engine.ShardEngine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One shard's loop in a simulated worker, around a real engine. Inputs that come close together are handed in as one batch. */
final class SimHost implements Ports {
    private static final long TICK_NANOS = 40 * Scheduler.MILLI;
    /** Simulated cleaners leave a log alone while nobody repairs it, so there is never any doubt. */
    private static final LogRecovery CLEANERS_WAIT = new LogRecovery(Long.MAX_VALUE, false);

    private final World world;
    private final SimWorker worker;
    private final String shard;
    private final SimStore store;
    private final SimLogPort log;
    private final SimSources sources;
    private final SimDigests digests;
    private final ShardEngine engine;
    private final Deque<Input> inputs = new ArrayDeque<>();
    private final List<Runnable> whenStopped = new ArrayList<>();
    private final long epoch;
    private boolean scheduled;
    private boolean stopping;
    private boolean stopped;

    SimHost(World world, SimWorker worker, String shard, long epoch, SimLog log, SimStore store) {
        this.world = world;
        this.worker = worker;
        this.shard = shard;
        this.epoch = epoch;
        this.store = store;
        this.log = new SimLogPort(world, log, this);
        this.sources = new SimSources(world, this);
        this.digests = new SimDigests(world, this);
        this.engine = new Shard(shard, worker.name(), this, world.settings().engine(), CLEANERS_WAIT);
    }

    String shard() {
        return shard;
    }

    long epoch() {
        return epoch;
    }

    SimWorker worker() {
        return worker;
    }

    SimStore simStore() {
        return store;
    }

    SimProcess process() {
        return worker.process();
    }

    /** For the heartbeat only: reading it resets what it counts. */
    ShardEngine engine() {
        return engine;
    }

    void start(RoutingMap routing) {
        post(e -> e.start(epoch, routing));
        tickLater();
    }

    /** Whatever the engine did not get to is gone. */
    void crash() {
        stopped = true;
        log.giveUp();
        sources.closeAll();
    }

    /** In good order; calls back when it is closed, also whoever asked before. */
    void stop(Runnable then) {
        if (stopped) {
            then.run();
            return;
        }
        whenStopped.add(then);
        if (stopping) {
            return;
        }
        stopping = true;
        post(e -> e.stop(() -> {
            stopped = true;
            log.giveUp();
            sources.closeAll();
            store.flush();
            whenStopped.forEach(Runnable::run);
        }));
    }

    void request(Request request) {
        Asked asked = new Asked(request);
        if (stopped) {
            asked.refuse();
        } else {
            post(asked);
        }
    }

    /** A request on its way to the engine; like in a real worker it is answered even if the engine stops before it gets there. */
    private record Asked(Request request) implements Input {
        @Override
        public void run(ShardEngine engine) {
            engine.request(request);
        }

        void refuse() {
            request.replies()
                    .reply(new Reply.Failed(Reply.Failure.TRY_AGAIN, "the shard is closing here; nothing was done"));
        }
    }

    void post(Input input) {
        if (stopped) {
            return;
        }
        inputs.add(input);
        if (!scheduled) {
            scheduled = true;
            world.scheduler().after(world.scheduler().between(5_000, Scheduler.MILLI), process(), this::drain);
        }
    }

    private void drain() {
        scheduled = false;
        for (Input input = inputs.poll(); input != null; input = inputs.poll()) {
            if (!stopped) {
                input.run(engine);
            } else if (input instanceof Asked asked) {
                asked.refuse();
            }
        }
        if (!stopped) {
            engine.endOfBatch();
            engine.tick();
        }
        world.touched(this);
    }

    private void tickLater() {
        world.scheduler().after(TICK_NANOS, process(), () -> {
            if (stopped) {
                return;
            }
            engine.tick();
            if (world.scheduler().chance(0.05)) {
                store.flush();
            }
            world.touched(this);
            tickLater();
        });
    }

    @Override
    public Log log() {
        return log;
    }

    @Override
    public Store store() {
        return store;
    }

    @Override
    public SourceLogs sources() {
        return sources;
    }

    @Override
    public Digests digests() {
        return digests;
    }

    @Override
    public Reports reports() {
        return worker::report;
    }

    @Override
    public Clock clock() {
        return worker.clock();
    }

    @Override
    public long nextIncarnation() {
        return world.nextIncarnation();
    }
}
