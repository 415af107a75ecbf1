package dev.kedge.orchestrator.decide;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.decide.Input.CommandReceived;
import dev.kedge.orchestrator.decide.Input.ReportReceived;
import dev.kedge.orchestrator.decide.Input.RoutingObserved;
import dev.kedge.orchestrator.decide.Input.TimePassed;
import dev.kedge.orchestrator.model.CellState;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.MigrationState.Active;
import dev.kedge.orchestrator.model.MigrationState.Fenced;
import dev.kedge.orchestrator.model.MigrationState.Fencing;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingKey;
import dev.kedge.schemas.routing.RoutingRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * A cell for tests: a control plane with its topics in memory, and the reports workers would send. Two workers w1 and w2 with a shard
 * each (s1, s2), a HASH keyspace {@code hash} split at 0x2000 between them, and a RANGE keyspace {@code range} all on s1.
 */
final class Cell {
    static final MigrationOptions OPTIONS = MigrationOptions.DEFAULTS;

    ControlPlane plane;
    final Decider decider;
    final List<EventEnvelope> events = new ArrayList<>();
    final List<Routed> routed = new ArrayList<>();
    final Deque<RoutingObserved> unobserved = new ArrayDeque<>();
    RoutingMap routing = RoutingMap.EMPTY;
    long now = 1_000_000;
    long commands;
    long reports;
    long version = 100;
    Consumer<String> transcript = line -> {};

    /** A routing record with its version. */
    record Routed(long version, RoutingKey key, RoutingRecord record) {}

    Cell() {
        this(ControlPlaneSettings.defaults("test"));
    }

    Cell(ControlPlaneSettings settings) {
        decider = new Decider(settings);
        plane = ControlPlane.of(decider, CellState.EMPTY);
    }

    static Cell ready() {
        Cell cell = new Cell();
        cell.makeReady();
        return cell;
    }

    void makeReady() {
        for (String n : List.of("1", "2")) {
            heartbeat("w" + n);
            command(new Command.AddShard("s" + n, "w" + n));
            report(new Report.LogReady("s" + n, "test.shard.s" + n + ".g1", "id-s" + n));
            heartbeat("w" + n, "s" + n);
        }
        command(new Command.CreateKeyspace(
                "hash",
                Placement.HASH,
                List.of(new Command.InitialTablet(Bytes.EMPTY, "s1"), new Command.InitialTablet(slot(0x2000), "s2"))));
        command(new Command.CreateKeyspace(
                "range", Placement.RANGE, List.of(new Command.InitialTablet(Bytes.EMPTY, "s1"))));
    }

    static Bytes slot(int slot) {
        return Slots.bound(slot);
    }

    CellState state() {
        return plane.state();
    }

    Migration migration(String id) {
        Migration migration = state().migration(id);
        if (migration == null) {
            throw new AssertionError("no migration " + id);
        }
        return migration;
    }

    Phase phase(String id) {
        return migration(id).phase();
    }

    int attempt(String id) {
        return migration(id).state() instanceof Active a ? a.leg().attempt() : 0;
    }

    /** The control plane dies and comes back: only its events are left. */
    void restart() {
        transcript.accept("-- the control plane restarts");
        plane = ControlPlane.of(decider, plane.state());
    }

    List<Event> input(Input input) {
        ControlPlane.Step step = plane.step(input);
        plane = step.next();
        List<Event> decided = new ArrayList<>();
        for (EventEnvelope envelope : step.events()) {
            events.add(envelope);
            decided.add(envelope.event());
            transcript.accept("   " + Transcript.show(envelope.event()));
        }
        for (RoutingChange change : step.routing()) {
            version += 2;
            transcript.accept("   @" + version + " " + Transcript.show(change));
            routing = routing.with(version, change.key(), change.record());
            routed.add(new Routed(version, change.key(), change.record()));
            unobserved.add(new RoutingObserved(version, change.key(), change.record(), now));
        }
        return decided;
    }

    List<Event> command(Command command) {
        transcript.accept("> " + Transcript.show(command));
        return input(new CommandReceived(new CommandEnvelope("ann", now, command), commands++, now));
    }

    List<Event> report(Report report) {
        transcript.accept("< " + Transcript.show(report));
        return input(new ReportReceived(report, reports++, now));
    }

    List<Event> time(long millis) {
        now += millis;
        transcript.accept("+ " + millis + " ms");
        return input(new TimePassed(now));
    }

    /** The routing records written so far come back to the control plane. */
    List<Event> observeRouting() {
        List<Event> decided = new ArrayList<>();
        while (!unobserved.isEmpty()) {
            decided.addAll(input(unobserved.remove()));
        }
        return decided;
    }

    List<Event> heartbeat(String worker, String... shards) {
        return heartbeat(worker, 7, shards);
    }

    List<Event> heartbeat(String worker, long incarnation, String... shards) {
        List<Report.ShardStatus> statuses = new ArrayList<>();
        for (String shard : shards) {
            statuses.add(new Report.ShardStatus(shard, 1, Report.ShardState.SERVING, null, 10, 10, 1000, List.of()));
        }
        return report(new Report.Heartbeat(worker, incarnation, "localhost", 7000, now, statuses));
    }

    /** The worker says that each of its shards is in {@code state}, at the epoch it was assigned. */
    List<Event> beat(String worker, Report.ShardState state) {
        List<Report.ShardStatus> statuses = new ArrayList<>();
        for (Shard shard : state().shards().values()) {
            if (shard instanceof Shard.Assigned a && a.worker().equals(worker)) {
                statuses.add(new Report.ShardStatus(
                        a.name(),
                        a.epoch(),
                        state,
                        state == Report.ShardState.SERVING ? null : "the disk is broken",
                        10,
                        10,
                        1000,
                        List.of()));
            }
        }
        return report(new Report.Heartbeat(worker, 7, "localhost", 7000, now, statuses));
    }

    /** Time passes in which only these workers report, twice a second, that all is well with them. */
    List<Event> live(long millis, String... workers) {
        Consumer<String> shown = transcript;
        shown.accept("+ " + millis + " ms with reports of " + String.join(", ", workers));
        transcript = line -> {
            if (line.startsWith(" ")) {
                shown.accept(line);
            }
        };
        List<Event> decided = new ArrayList<>();
        for (long passed = 0; passed < millis; passed += 500) {
            for (String worker : workers) {
                decided.addAll(beat(worker, Report.ShardState.SERVING));
            }
            decided.addAll(time(500));
        }
        transcript = shown;
        return decided;
    }

    /** A worker with a shard that has no tablet. */
    void join(String worker, String shard) {
        heartbeat(worker);
        command(new Command.AddShard(shard, worker));
        report(new Report.LogReady(shard, "test.shard." + shard + ".g1", "id-" + shard));
        beat(worker, Report.ShardState.SERVING);
    }

    String start(String keyspace, String from, String to, Bytes start, Bytes end) {
        return start(keyspace, from, to, start, end, OPTIONS);
    }

    String start(String keyspace, String from, String to, Bytes start, Bytes end, MigrationOptions options) {
        command(new Command.StartMigration(keyspace, from, to, start, end, options));
        return "m" + (commands - 1);
    }

    List<Event> progress(String id, long position, long end) {
        return report(new Report.ReplicaProgress(
                migration(id).replica(), id, attempt(id), position, end, position, 100 * position, false));
    }

    List<Event> digest(String id, boolean owner, int round, long marker, long... buckets) {
        List<Long> sums = new ArrayList<>();
        for (long bucket : buckets) {
            sums.add(bucket);
        }
        String shard = owner ? migration(id).owner() : migration(id).replica();
        return report(new Report.Digest(shard, id, attempt(id), round, marker, 5, 500, sums, List.of()));
    }

    List<Event> equalDigests(String id) {
        int round = migration(id).state() instanceof Active a ? a.round() : 0;
        List<Event> decided = new ArrayList<>(digest(id, true, round, 1_000, 1, 2));
        decided.addAll(digest(id, false, round, 1_000, 1, 2));
        return decided;
    }

    List<Event> fenced(String id) {
        return report(new Report.Fenced(migration(id).replica(), id, attempt(id), cutoverVersion(id), 1_010));
    }

    List<Event> served(String id) {
        return report(new Report.CutoverServed(
                migration(id).owner(), id, attempt(id), cutoverVersion(id), 2_000, 1_010, 3_000, 4));
    }

    List<Event> evicted(String id) {
        return report(new Report.EvictionDone(migration(id).replica(), id, attempt(id), 3_000, 5));
    }

    private long cutoverVersion(String id) {
        return switch (migration(id).state()) {
            case Fencing f -> f.version();
            case Fenced f -> f.version();
            default -> -1;
        };
    }

    /** Takes a migration from whatever phase it is in to (at least) {@code phase} of the way there, with everything going well. */
    void bringTo(String id, Phase phase) {
        while (phase(id) != phase) {
            switch (phase(id)) {
                case PLANNED ->
                    heartbeat(
                            workerOf(migration(id).plan().to()),
                            migration(id).plan().to());
                case COPYING -> {
                    progress(id, 0, 5_000);
                    progress(id, 5_000, 9_000);
                }
                case CATCHING_UP -> progress(id, 9_000, 9_000);
                case DUAL_WRITE -> {
                    progress(id, 9_000, 9_000);
                    time(OPTIONS.dualWriteStableMillis());
                    progress(id, 9_100, 9_100);
                }
                case VERIFYING -> {
                    progress(id, 9_100, 9_100);
                    equalDigests(id);
                }
                case CUTOVER -> {
                    observeRouting();
                    fenced(id);
                    served(id);
                }
                case ROLLBACK_WINDOW -> time(migration(id).plan().options().rollbackWindowMillis());
                case CLEANUP -> evicted(id);
                case COMPLETED, ABORTED, ROLLED_BACK -> throw new AssertionError(id + " is over: " + phase(id));
            }
        }
    }

    private static String workerOf(String shard) {
        return "w" + shard.substring(1);
    }
}
