package dev.kedge.simulation;

import dev.kedge.orchestrator.decide.ControlPlane;
import dev.kedge.orchestrator.decide.Decider;
import dev.kedge.orchestrator.decide.Input;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Evolution;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.simulation.ControlTopic.Entry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A shell around the real decider, exactly once as Kafka Streams does it: an input's events and routing records become visible together with
 * the consumption of the input, or not at all. A restart folds the events and has forgotten what it had merely seen.
 */
final class SimControlPlane {
    private static final long TICK_NANOS = 50 * Scheduler.MILLI;

    private final World world;
    private final SimProcess process = new SimProcess("orchestrator");
    private final Decider decider;
    private final Deque<Pending> inputs = new ArrayDeque<>();

    private @Nullable ControlPlane live;
    private @Nullable Commit underWay;
    private Positions consumed = new Positions(0, 0, 0);
    private Positions committed = new Positions(0, 0, 0);

    SimControlPlane(World world) {
        this.world = world;
        this.decider = new Decider(world.settings().controlPlane());
    }

    /** Offsets of the next commands, reports and routing records. */
    private record Positions(long commands, long reports, long routing) {}

    private record Pending(Input input, Positions after) {}

    private record Commit(ControlPlane.Step step, Positions positions) {}

    SimProcess process() {
        return process;
    }

    boolean isInCommit() {
        return underWay != null;
    }

    /** Its state while it lives. */
    @Nullable
    CellState state() {
        ControlPlane now = live;
        return now == null ? null : now.state();
    }

    void start() {
        process.start();
        CellState state = CellState.EMPTY;
        for (Entry<EventEnvelope> event : world.events().entries()) {
            state = Evolution.evolve(state, event.value());
        }
        live = ControlPlane.of(decider, state);
        consumed = committed;
        inputs.clear();
        underWay = null;
        Positions[] queued = {committed};
        world.commands().subscribe(process, committed.commands, entries -> {
            for (Entry<CommandEnvelope> e : entries) {
                queued[0] = new Positions(e.offset() + 1, queued[0].reports, queued[0].routing);
                take(new Input.CommandReceived(e.value(), e.offset(), capped(e.timeMillis())), queued[0]);
            }
        });
        world.reports().subscribe(process, committed.reports, entries -> {
            for (Entry<Report> e : entries) {
                queued[0] = new Positions(queued[0].commands, e.offset() + 1, queued[0].routing);
                take(new Input.ReportReceived(e.value(), e.offset(), capped(e.timeMillis())), queued[0]);
            }
        });
        world.routing().subscribe(process, committed.routing, entries -> {
            for (Entry<RoutingChange> e : entries) {
                queued[0] = new Positions(queued[0].commands, queued[0].reports, e.offset() + 1);
                RoutingChange change = e.value();
                take(
                        new Input.RoutingObserved(e.offset(), change.key(), change.record(), capped(e.timeMillis())),
                        queued[0]);
            }
        });
        tick(queued);
    }

    void crash() {
        Commit commit = underWay;
        if (commit != null && world.scheduler().chance(0.5)) {
            publish(commit); // the broker had it, the process never heard so
        }
        world.trace().say(() -> "orchestrator crashes" + (commit == null ? "" : " in a commit"));
        process.kill();
        live = null;
        underWay = null;
        inputs.clear();
    }

    private long capped(long recordMillis) {
        return Math.min(world.wallMillis(), recordMillis);
    }

    private void tick(Positions[] queued) {
        take(new Input.TimePassed(world.wallMillis()), queued[0]);
        if (inputs.isEmpty() && underWay == null && world.scheduler().chance(0.1)) {
            committed = consumed;
        }
        makeLogs();
        world.scheduler().after(TICK_NANOS, process, () -> tick(queued));
    }

    /** The one effect that is no topic record: a wanted shard's log is made, and said to be there. */
    private void makeLogs() {
        CellState state = state();
        if (state == null) {
            return;
        }
        for (Shard shard : state.shards().values()) {
            if (shard instanceof Shard.Requested r) {
                world.makeLog(r.name(), r.logTopic());
                world.sendReport(process, new Report.LogReady(r.name(), r.logTopic(), "id-of-" + r.logTopic()), 0);
            }
        }
    }

    private void take(Input input, Positions after) {
        inputs.add(new Pending(input, after));
        pump();
    }

    private void pump() {
        while (underWay == null && !inputs.isEmpty()) {
            ControlPlane now = live;
            Pending next = inputs.poll();
            if (now == null || next == null) {
                return;
            }
            ControlPlane.Step step = now.step(next.input);
            if (step.events().isEmpty()) {
                live = step.next();
                consumed = next.after;
                continue;
            }
            Commit commit = new Commit(step, next.after);
            underWay = commit;
            world.scheduler()
                    .after(world.scheduler().between(1, 12) * Scheduler.MILLI, process, () -> committed(commit));
        }
    }

    private void committed(Commit commit) {
        publish(commit);
        underWay = null;
        live = commit.step.next();
        consumed = commit.positions;
        pump();
    }

    private void publish(Commit commit) {
        List<EventEnvelope> events = commit.step.events();
        events.forEach(event -> {
            world.trace()
                    .say(() -> "event " + event.sequence() + " " + event.event() + " because of "
                            + event.cause().topic() + "@" + event.cause().offset());
            world.events().append(event);
        });
        for (RoutingChange change : commit.step.routing()) {
            long offset = world.routing().append(change);
            world.trace().say(() -> "routing " + offset + " " + change.key() + " " + change.record());
        }
        world.routing().endTransaction();
        committed = commit.positions;
        world.decided(events, commit.step.routing());
    }
}
