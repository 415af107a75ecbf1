package dev.kedge.simulation;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.simulation.ControlTopic.Entry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that exists in one simulation, and what is counted of it. */
final class World {
    /** Far longer than a request may wait for its tablet or its replica, whatever goes wrong meanwhile. */
    private static final long LONGEST_ANSWER_MILLIS = 5_000;

    /** Counts of which the highest is of interest, not the sum. */
    static final String MOST = "most ";

    private static final long WALL_AT_START_MILLIS = 1_700_000_000_000L;

    private final SimSettings settings;
    private final Trace trace;
    private final Scheduler scheduler;
    private final ControlTopic<CommandEnvelope> commands = new ControlTopic<>(this, "commands");
    private final ControlTopic<Report> reports = new ControlTopic<>(this, "reports");
    private final ControlTopic<EventEnvelope> events = new ControlTopic<>(this, "events");
    private final ControlTopic<RoutingChange> routing = new ControlTopic<>(this, "routing");
    private final Map<String, LogTruth> truths = new TreeMap<>();
    private final Map<String, SimWorker> workers = new TreeMap<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final List<Invariant> invariants;
    private final Network network = new Network(this);
    private final History history;
    private final List<Workload.Space> spaces;
    private final Workload workload;
    private final SimControlPlane controlPlane;
    private final Map<String, Long> counts = new TreeMap<>();
    private final Operator operator = new Operator(this);
    private final FaultInjector faults = new FaultInjector(this);
    private final Set<Phase> phases = EnumSet.noneOf(Phase.class);
    private final Map<String, Long> lastReportNanos = new HashMap<>();

    private CellState state = CellState.EMPTY;
    private boolean chaos;
    private long historyTime;
    private long incarnations;

    World(long seed, SimSettings settings, Trace trace, List<Workload.Space> spaces) {
        this(seed, settings, trace, spaces, true);
    }

    /** @param decided whether a control plane writes the routing map, so that what it promises can be checked too */
    World(long seed, SimSettings settings, Trace trace, List<Workload.Space> spaces, boolean decided) {
        this.settings = settings;
        this.trace = trace;
        this.scheduler = new Scheduler(seed);
        this.spaces = spaces;
        trace.clock(scheduler);
        this.history = new History(() -> ++historyTime);
        this.workload = new Workload(this, spaces);
        this.controlPlane = new SimControlPlane(this);
        I2AcknowledgedWritesSurvive writes = new I2AcknowledgedWritesSurvive();
        List<Invariant> all = new ArrayList<>(List.of(
                new I1OneOwner(this),
                writes,
                new I3VoidIsInvisible(writes),
                new I4Linearizable(this),
                new I5ServesOnlyAfterTheFence(this),
                new I7ReplayEqualsStore(this),
                new CopiesAgree(),
                new StaleReadsKeepTheirWord(this)));
        if (decided) {
            all.add(new I6CutoverIsOneRecord(this));
            all.add(new I8StateIsTheFold(this));
        }
        this.invariants = List.copyOf(all);
    }

    SimSettings settings() {
        return settings;
    }

    Trace trace() {
        return trace;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    long wallMillis() {
        return WALL_AT_START_MILLIS + scheduler.nowMillis();
    }

    ControlTopic<CommandEnvelope> commands() {
        return commands;
    }

    ControlTopic<Report> reports() {
        return reports;
    }

    ControlTopic<EventEnvelope> events() {
        return events;
    }

    ControlTopic<RoutingChange> routing() {
        return routing;
    }

    Network network() {
        return network;
    }

    History history() {
        return history;
    }

    List<Workload.Space> spaces() {
        return spaces;
    }

    Workload workload() {
        return workload;
    }

    SimControlPlane controlPlane() {
        return controlPlane;
    }

    /** The fold of all events committed so far. */
    CellState state() {
        return state;
    }

    long nextIncarnation() {
        return ++incarnations;
    }

    // ---- parts

    void add(SimWorker worker) {
        workers.put(worker.name(), worker);
    }

    void add(SimClient client) {
        clients.add(client);
    }

    Collection<SimWorker> workers() {
        return workers.values();
    }

    @Nullable
    SimWorker worker(String name) {
        return workers.get(name);
    }

    /** The worker a shard is assigned to. */
    @Nullable
    SimWorker workerOf(String shard) {
        var assigned = state.shard(shard);
        return assigned == null ? null : workers.get(assigned.worker());
    }

    Operator operator() {
        return operator;
    }

    FaultInjector faults() {
        return faults;
    }

    List<SimClient> clients() {
        return clients;
    }

    void connectionsBroke(SimWorker worker) {
        network.broke(worker);
    }

    /** Makes a shard's log; nothing if it is there. */
    void makeLog(String shard, String topic) {
        truths.computeIfAbsent(topic, t -> {
            SimLog log = new SimLog(this, shard, topic);
            LogTruth truth = new LogTruth(log);
            log.observe((source, logged) -> {
                var verdict = truth.take(logged);
                trace.say(() -> "    which is " + verdict);
                if (logged.record() instanceof ShardRecord.Fence fence
                        && truth.owns(ShardKeys.lower(fence.keyspaceId(), fence.range()))) {
                    count("fences that came too late");
                }
                if (logged.record() instanceof ShardRecord.Restore) {
                    count("repairs");
                }
                invariants.forEach(i -> i.appended(truth, logged, verdict));
            });
            return truth;
        });
    }

    SimLog log(String topic) {
        LogTruth truth = truths.get(topic);
        if (truth == null) {
            throw new IllegalStateException("there is no log " + topic);
        }
        return truth.log();
    }

    Collection<LogTruth> truths() {
        return truths.values();
    }

    LogTruth truthOf(String shard) {
        for (LogTruth truth : truths.values()) {
            if (truth.log().shard().equals(shard)) {
                return truth;
            }
        }
        throw new IllegalStateException("there is no log of shard " + shard);
    }

    /** The routing map of a reader that has read up to {@code end}. */
    RoutingMap mapAsOf(long end) {
        RoutingMap.Builder builder = RoutingMap.EMPTY.builder();
        for (Entry<RoutingChange> entry : routing.entries()) {
            if (entry.offset() < end) {
                builder.apply(entry.offset(), entry.value().key(), entry.value().record());
            }
        }
        return builder.build();
    }

    /** Reports of one sender arrive in order, now and then once more. */
    void sendReport(SimProcess sender, Report report, long cutNanos) {
        long arrival = Math.max(
                lastReportNanos.getOrDefault(sender.name(), 0L),
                scheduler.nowNanos() + cutNanos + scheduler.between(200_000, 6 * Scheduler.MILLI));
        lastReportNanos.put(sender.name(), arrival);
        scheduler.after(arrival - scheduler.nowNanos(), () -> reports.append(report));
        if (strikes(Fault.DUPLICATED_DELIVERY, 0.01)) {
            scheduler.after(scheduler.between(1, 2_000) * Scheduler.MILLI, () -> reports.append(report));
        }
    }

    // ---- chance and counting

    void chaos(boolean on) {
        chaos = on;
    }

    /** Whether a fault happens now; counts it. */
    boolean strikes(Fault fault, double probability) {
        if (!chaos || !settings.faults().contains(fault) || !scheduler.chance(probability)) {
            return false;
        }
        count(fault.name());
        return true;
    }

    void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /** Keeps the highest. */
    void most(String what, long value) {
        counts.merge(MOST + what, value, Math::max);
    }

    Map<String, Long> counts() {
        return counts;
    }

    Set<Phase> phases() {
        return phases;
    }

    // ---- checks

    void decided(List<EventEnvelope> decided, List<RoutingChange> changes) {
        for (EventEnvelope event : decided) {
            state = Evolution.evolve(state, event);
            count(event.event().getClass().getSimpleName());
            if (event.event() instanceof Event.ShardAssigned assigned && assigned.reason() != null) {
                count("failovers");
            }
            if (event.event() instanceof Event.OfMigration of) {
                Migration migration = state.migration(of.migration());
                if (migration != null) {
                    phases.add(migration.phase());
                    faults.migrationMoved(migration);
                    operator.migrationMoved(migration);
                }
            }
        }
        most("migrations at once", state.migrations().size());
        invariants.forEach(i -> i.decided(decided, changes));
    }

    void answered(Bytes dataKey, Action action, Answer answer) {
        invariants.forEach(i -> i.answered(dataKey, action, answer));
    }

    void staleAnswered(StaleReader.Asked asked, @Nullable Bytes value) {
        invariants.forEach(i -> i.staleAnswered(asked, value));
    }

    void touched(SimHost host) {
        invariants.forEach(i -> i.touched(host));
    }

    void afterStep() {
        invariants.forEach(Invariant::afterStep);
        if (scheduler.steps() % 1_000 == 0) {
            everyRequestIsAnswered();
        }
    }

    private void everyRequestIsAnswered() {
        List<String> forgotten = network.forgotten(LONGEST_ANSWER_MILLIS);
        if (!forgotten.isEmpty()) {
            throw violated("requests were not answered within " + LONGEST_ANSWER_MILLIS + " ms: " + forgotten);
        }
    }

    void atEnd() {
        everyRequestIsAnswered();
        invariants.forEach(Invariant::atEnd);
    }

    static InvariantViolation violated(String what) {
        return new InvariantViolation("Contract", what);
    }
}
