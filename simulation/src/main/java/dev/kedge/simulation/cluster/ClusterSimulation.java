package dev.kedge.simulation.cluster;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Positions;
import dev.kedge.orchestrator.decide.ControlPlane;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.policy.TabletLoad;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.simulation.cluster.Fleet.Host;
import dev.kedge.simulation.cluster.Fleet.Tablet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Runs one scenario: the real {@link ControlPlane} is fed with what workers would report, second by second, and what it decides is done. Load
 * reports carry the summaries that workers send; where the control plane would forget them at once they are left out.
 * The same size, scenario and seed always give the same result.
 */
public final class ClusterSimulation {
    private static final long START_MILLIS = 1_800_000_000_000L;
    private static final int HEARTBEAT_SECONDS = 4;
    private static final int CHECK_MINUTES = 10;

    /** Reported load is at most that much more than it really is, where it matters whether a tablet may be cut. */
    private static final double NOISE = 1.25;

    /** What {@code kedge worker drain} asks for. */
    private static final MigrationOptions NO_WINDOW = noWindow(MigrationOptions.DEFAULTS);

    private final ClusterSize size;
    private final Scenario scenario;
    private final int minutes;
    private final long seed;
    private final LongSupplier stopwatch;
    private final Policy policy;
    private final Fleet fleet = new Fleet();
    private final Demand demand;
    private final Ledger ledger;
    private final Replicas replicas;
    private final SplittableRandom dice;
    private final List<String> workers = new ArrayList<>();
    private final Deque<Input> inputs = new ArrayDeque<>();
    private ControlPlane plane;
    private long nowMillis = START_MILLIS;
    private long commands;
    private long reports;
    private long version;
    private int evaluations;
    private long evaluationNanos;
    private long worstEvaluationNanos;

    /**
     * @param minutes after which it ends
     * @param stopwatch nanoseconds, for how long evaluations take and nothing else
     */
    public ClusterSimulation(ClusterSize size, Scenario scenario, int minutes, long seed, LongSupplier stopwatch) {
        this.minutes = minutes;
        this.size = size;
        this.scenario = scenario;
        this.seed = seed;
        this.stopwatch = stopwatch;
        policy = size.policy();
        demand = scenario.demand(size, seed);
        ledger = new Ledger(scenario, policy, size.settings(), fleet, demand, size.reportSeconds() * 1_000L);
        replicas = new Replicas(policy.copyBytesPerSecond());
        dice = new SplittableRandom(seed);
        plane = ControlPlane.of(new Decider(size.settings()), CellState.EMPTY);
    }

    /** @param progress told of each simulated minute */
    public Result run(Consumer<String> progress) {
        demand.at(0);
        begin();
        for (int second = 0; second < minutes * 60; second++) {
            nowMillis += 1_000;
            if (second % 60 == 0) {
                minute(second / 60, progress);
            }
            if (second % size.reportSeconds() == 0) {
                demand.at(second / 60.0);
            }
            second(second);
        }
        ledger.sample(minutes);
        ledger.check(plane.state(), minutes);
        return ledger.result(size, seed, minutes, evaluations, evaluationNanos, worstEvaluationNanos);
    }

    private static MigrationOptions noWindow(MigrationOptions d) {
        return new MigrationOptions(
                d.maxStallMillis(),
                0,
                d.rowsPerSecond(),
                d.catchUpLagRecords(),
                d.dualWriteStableMillis(),
                d.dualWriteTimeoutMillis(),
                d.takeoverMillis(),
                d.maxAttempts(),
                d.onDivergence());
    }

    private void begin() {
        for (int i = 0; i < size.workers(); i++) {
            join("w" + number(i));
        }
        int each = size.tablets() / size.shards();
        for (int k = 0; k < size.keyspaces(); k++) {
            List<Command.InitialTablet> tablets = new ArrayList<>();
            for (int i = 0; i < size.tabletsPerKeyspace(); i++) {
                int shard = (k * size.tabletsPerKeyspace() + i) / each;
                Bytes start = i == 0 ? Bytes.EMPTY : Places.bytes(demand.start(i));
                tablets.add(new Command.InitialTablet(start, fleet.hosts().get(shard).shard));
            }
            command(new Command.CreateKeyspace("k" + k, Placement.RANGE, tablets));
        }
        command(new Command.SetPolicy(null, policy));
    }

    /** A worker comes, and shards are made on it. */
    private void join(String worker) {
        workers.add(worker);
        heartbeat(worker);
        for (int i = 0; i < size.shardsPerWorker(); i++) {
            command(new Command.AddShard(worker + "-" + i, worker));
        }
    }

    private static String number(int i) {
        return String.format(Locale.ROOT, "%04d", i);
    }

    private void minute(int minute, Consumer<String> progress) {
        if (minute == scenario.growsInMinute()) {
            for (int i = 0; i < size.moreWorkers(); i++) {
                join("w" + number(size.workers() + i));
            }
        }
        if (minute == scenario.drainsInMinute()) {
            for (int i = 0; i < size.moreWorkers(); i++) {
                command(new Command.DrainWorker("w" + number(i), NO_WINDOW));
            }
        }
        demand.at(minute);
        if (scenario.changes().contains(minute)) {
            ledger.loadChanged(nowMillis, minute);
        }
        ledger.sample(minute);
        if (minute % CHECK_MINUTES == 0) {
            ledger.check(plane.state(), minute);
            progress.accept(String.format(
                    Locale.ROOT,
                    "%s minute %d of %d: imbalance %.2f, %d moves, %d tablets; %s",
                    scenario.title(),
                    minute,
                    minutes,
                    ledger.imbalance(),
                    ledger.moves(),
                    fleet.tabletCount(),
                    ledger.worst()));
        }
    }

    private void second(int second) {
        if (second % HEARTBEAT_SECONDS == 0) {
            workers.forEach(this::heartbeat);
        }
        for (int i = second % size.reportSeconds(); i < fleet.hosts().size(); i += size.reportSeconds()) {
            report(load(fleet.hosts().get(i)));
        }
        tick();
        replicas.reports(plane.state(), nowMillis).forEach(this::report);
    }

    private void tick() {
        long due = plane.observations().evaluateMillis();
        long before = stopwatch.getAsLong();
        take(new Input.TimePassed(nowMillis));
        if (plane.observations().evaluateMillis() != due) {
            long nanos = stopwatch.getAsLong() - before;
            evaluations++;
            evaluationNanos += nanos;
            worstEvaluationNanos = Math.max(worstEvaluationNanos, nanos);
        }
    }

    private void heartbeat(String worker) {
        List<Report.ShardStatus> status = new ArrayList<>();
        for (Host host : fleet.hosts(worker)) {
            status.add(new Report.ShardStatus(
                    host.shard, host.epoch, Report.ShardState.SERVING, null, 0, 0, 0, List.of()));
        }
        report(new Report.Heartbeat(worker, 1, worker, 1, nowMillis, status));
    }

    private Report load(Host host) {
        List<Report.TabletUse> uses = new ArrayList<>(host.tablets.size());
        for (Tablet tablet : host.tablets) {
            uses.add(use(tablet));
        }
        return new Report.ShardLoad(
                host.worker, 1, host.shard, host.epoch, nowMillis, size.reportSeconds() * 1_000L, uses);
    }

    private Report.TabletUse use(Tablet tablet) {
        Terrain terrain = demand.terrain(tablet.keyspace);
        double qps = terrain.qps(tablet.from, tablet.to);
        double bytes = terrain.bytes(tablet.from, tablet.to);
        double expected = qps * size.reportSeconds();
        // Requests come by chance: their number varies by its square root.
        double noise = Math.sqrt(expected) * (dice.nextDouble() + dice.nextDouble() + dice.nextDouble() - 1.5) * 2;
        long requests = Math.max(0, Math.round(expected + noise));
        boolean near = TabletLoad.mayBeCut(qps * NOISE, bytes * NOISE, policy);
        boolean hot = near && terrain.isHotKeyIn(tablet.from, tablet.to);
        return new Report.TabletUse(
                fleet.keyspace(tablet.keyspace),
                tablet.start,
                (long) (bytes / 1_000),
                (long) bytes,
                requests - requests / 5,
                requests / 5,
                requests * 1_000,
                2_000,
                near ? terrain.requested(tablet.from, tablet.to, requests) : Positions.NONE,
                near ? terrain.stored(tablet.from, tablet.to) : Positions.NONE,
                hot
                        ? List.of(new Report.HotKey(Places.bytes(terrain.hotPlace()), (long)
                                (terrain.hotQps() * size.reportSeconds() * 0.95)))
                        : List.of());
    }

    private void command(Command command) {
        take(new Input.CommandReceived(new CommandEnvelope("operator", nowMillis, command), commands++, nowMillis));
    }

    private void report(Report report) {
        take(new Input.ReportReceived(report, reports++, nowMillis));
    }

    /** One input, and what follows from it at once. */
    private void take(Input first) {
        inputs.add(first);
        while (!inputs.isEmpty()) {
            ControlPlane.Step step = plane.step(inputs.removeFirst());
            CellState state = plane.state();
            plane = step.next();
            for (EventEnvelope envelope : step.events()) {
                state = Evolution.evolve(state, envelope);
                follow(envelope.event(), state);
            }
            for (RoutingChange change : step.routing()) {
                inputs.add(new Input.RoutingObserved(version++, change.key(), change.record(), nowMillis));
            }
        }
    }

    private void follow(Event event, CellState state) {
        int minute = (int) ((nowMillis - START_MILLIS) / 60_000);
        ledger.note(event, state, nowMillis, minute);
        fleet.apply(event, state);
        switch (event) {
            case Event.CommandRejected e -> throw new IllegalStateException(e.reason());
            case Event.ShardAdded e -> {
                if (state.shard(e.shard()) instanceof Shard.Requested r) {
                    inputs.add(new Input.ReportReceived(
                            new Report.LogReady(r.name(), r.logTopic(), "id-of-" + r.logTopic()),
                            reports++,
                            nowMillis));
                }
            }
            case Event.CopyStarted e -> {
                var plan = Fleet.migration(state, e.migration()).plan();
                Tablet tablet = fleet.tablet(plan.keyspace(), plan.range().start());
                replicas.started(
                        e.migration(), demand.terrain(tablet.keyspace).bytes(tablet.from, tablet.to), nowMillis);
            }
            case Event.MigrationCompleted e -> replicas.ended(e.migration());
            case Event.MigrationAborted e -> replicas.ended(e.migration());
            default -> {} // asks nothing of the workers but what migrations' states do
        }
    }
}
