package dev.kedge.simulation;

import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.simulation.ControlTopic.Entry;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of a whole cell from one seed: real engines, decider and fold on simulated logs, stores, clocks and network, in one thread. The
 * same seed gives the same run.
 */
public final class Simulation {
    private static final long SETUP_MILLIS = 30_000;
    private static final long FINAL_READS_MILLIS = 20_000;
    private static final long MOST_STEPS = 20_000_000;

    private final long seed;
    private final Trace trace;
    private final World world;
    private final Workload workload;
    private final Operator operator;
    private final FaultInjector faults;

    public Simulation(long seed, SimSettings settings) {
        this(seed, settings, Trace.off());
    }

    public Simulation(long seed, SimSettings settings, Trace trace) {
        this.seed = seed;
        this.trace = trace;
        this.world = new World(seed, settings, trace, Operator.spaces(settings.keys()));
        this.workload = world.workload();
        this.operator = world.operator();
        this.faults = world.faults();
        for (int i = 1; i <= settings.workers(); i++) {
            world.add(new SimWorker(world, "w" + i));
        }
        for (int i = 1; i <= settings.clients(); i++) {
            // Every other one learns late of what has moved, and asks whoever it used to ask.
            world.add(new SimClient(world, workload, "c" + i, i % 2 == 0 ? 3_000 : 10));
        }
    }

    /** Runs to the end or to the first violation. Never throws for what goes wrong in the cell. */
    public Outcome run() {
        try {
            play();
            return outcome(null);
        } catch (InvariantViolation e) {
            return outcome(new Outcome.Failure(String.valueOf(e.getMessage()), e, trace.lines()));
        } catch (RuntimeException e) {
            return outcome(new Outcome.Failure("Something threw: " + e, e, trace.lines()));
        }
    }

    private void play() {
        world.controlPlane().start();
        world.workers().forEach(SimWorker::start);
        within(
                SETUP_MILLIS,
                "the workers to join",
                () -> world.state().workers().size() == world.settings().workers());
        operator.addShards();
        within(SETUP_MILLIS, "the shards", operator::areShardsReady);
        for (Workload.Space space : world.spaces()) {
            operator.create(space); // one after the other: ids are given in the order of arrival
            within(SETUP_MILLIS, "the keyspace " + space.name(), () -> operator.isReady(space));
        }

        world.clients().forEach(SimClient::start);
        new StaleReader(world).start();
        workload.run(true);
        workload.writeWhatRests();
        world.chaos(true);
        operator.run(true);
        faults.run(true);
        forMillis(world.settings().chaosMillis());

        operator.run(false);
        faults.run(false);
        world.chaos(false);
        // Every other cell falls silent with the faults: what they left in the logs stays as it is.
        workload.run(world.scheduler().chance(0.5));
        settle();

        workload.run(false);
        workload.readEverything();
        within(
                FINAL_READS_MILLIS,
                "a last read of every key",
                () -> !workload.finalReadsLeft() && world.clients().stream().allMatch(SimClient::isIdle));
        forMillis(1_000);
        world.atEnd();
    }

    /** I9: nothing goes wrong any more, so every migration must end, whatever phase it is in and whatever has happened to it. */
    private void settle() {
        long from = world.scheduler().nowMillis();
        world.state().migrations().values().forEach(m -> world.count("ended from " + m.phase()));
        while (!world.state().migrations().isEmpty()
                || !world.state().readReplicas().isEmpty()) {
            operator.resumeAll();
            forMillis(500);
            long took = world.scheduler().nowMillis() - from;
            if (took > world.settings().settleMillis() / 3) {
                // A copy whose rate was limited below that of the writes never catches up with them.
                workload.run(false);
            }
            if (took > world.settings().settleMillis()) {
                List<Migration> left = world.state().migrations().values();
                throw new InvariantViolation(
                        "I9MigrationsEnd",
                        world.settings().settleMillis() + " ms after the last fault these are still running: " + left
                                + ", " + world.state().readReplicas().values());
            }
        }
        world.most("ms to settle", world.scheduler().nowMillis() - from);
    }

    private void forMillis(long millis) {
        long until = world.scheduler().nowMillis() + millis;
        while (world.scheduler().nowMillis() < until) {
            step();
        }
    }

    private void within(long millis, String what, BooleanSupplier condition) {
        long until = world.scheduler().nowMillis() + millis;
        while (!condition.getAsBoolean()) {
            if (world.scheduler().nowMillis() > until) {
                throw new InvariantViolation("I9Liveness", "waited " + millis + " ms in vain for " + what);
            }
            step();
        }
    }

    private void step() {
        if (!world.scheduler().step() || world.scheduler().steps() > MOST_STEPS) {
            throw new InvariantViolation(
                    "Simulation",
                    "nothing left to do, or far too much: " + world.scheduler().steps() + " steps");
        }
        world.afterStep();
    }

    private Outcome outcome(Outcome.@Nullable Failure failure) {
        return new Outcome(
                seed,
                world.scheduler().steps(),
                world.scheduler().nowMillis(),
                new TreeMap<>(world.counts()),
                world.phases(),
                failure);
    }

    /** Equal for equal runs; of a run that is over. */
    long fingerprint() {
        long hash = world.scheduler().steps();
        for (Entry<EventEnvelope> event : world.events().entries()) {
            hash = hash * 31 + event.timeMillis();
            hash = hash * 31 + event.value().toString().hashCode();
        }
        for (LogTruth truth : world.truths()) {
            hash = hash * 31 + truth.log().end();
        }
        return hash * 31 + world.history().operations().toString().hashCode();
    }
}
