package dev.kedge.simulation;

import dev.kedge.history.Action;
import dev.kedge.history.Answer;
import dev.kedge.history.History;
import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.RoutingChange;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Logged;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Operation.Condition;
import dev.kedge.worker.engine.Reply;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A directed run of the simulator: real engines on simulated logs, stores, clocks and network, nothing left to chance but small delays. Whoever
 * tells it writes the routing map, asks what clients ask, holds records back, kills, and cuts off. All invariants that do not concern the
 * control plane are checked on the way.
 *
 * <p>The cell: the keyspace {@code names} of two tablets, up to {@code m} and from there; shards {@code s} on worker {@code ws} and {@code d} on
 * {@code wd}; {@code s} owns everything.
 */
final class Story {
    static final String MIGRATION = "m1";
    static final long LEASE_MILLIS = SimSettings.DEFAULTS.engine().leaseMillis();

    private static final Bytes MIDDLE = Bytes.utf8("m");
    private static final Workload.Space NAMES = new Workload.Space(
            "names", 1, Placement.RANGE, List.of(Bytes.utf8("a"), Bytes.utf8("n"), Bytes.utf8("x"), Bytes.utf8("z")));
    private static final long PATIENCE_MILLIS = 10_000;

    private final World world;
    private final SimProcess client = new SimProcess("reader");

    /** Tombstones are removed so long after the cleaner has first seen them. */
    static SimSettings withTombstonesKeptFor(long millis) {
        return SimSettings.DEFAULTS.calm().withTombstoneRetention(millis);
    }

    Story() {
        this(SimSettings.DEFAULTS.calm());
    }

    Story(SimSettings settings) {
        world = new World(1, settings, Trace.last(400), List.of(NAMES), false);
        client.start();
        world.add(new SimWorker(world, "ws"));
        world.add(new SimWorker(world, "wd"));
        for (String shard : List.of("s", "d")) {
            world.makeLog(shard, topic(shard));
        }
        route(
                new KeyspaceRoute("names", 1, Placement.RANGE),
                new ShardRoute("s", "ws", 1, topic("s"), "id-s"),
                new ShardRoute("d", "wd", 1, topic("d"), "id-d"),
                new TabletRoute("names", Bytes.EMPTY, "s", null),
                new TabletRoute("names", MIDDLE, "s", null));
        world.workers().forEach(SimWorker::start);
        until("s serves", () -> owns("s", "x") && owns("s", "a"));
    }

    private static String topic(String shard) {
        return shard + ".g1";
    }

    World world() {
        return world;
    }

    // ---- the routing map

    /** Committed at once; returns the version of the last record. */
    long route(RoutingRecord... records) {
        List<RoutingChange> changes = java.util.Arrays.stream(records)
                .map(r -> new RoutingChange(r.key(), r))
                .toList();
        long version = -1;
        for (RoutingChange change : changes) {
            version = world.routing().append(change);
        }
        world.routing().endTransaction();
        world.decided(List.of(), changes);
        return version;
    }

    /** Written, but not committed yet. */
    void beginRouting(RoutingRecord record) {
        world.routing().appendOpen(new RoutingChange(record.key(), record));
    }

    void abortRouting() {
        world.routing().abort();
    }

    /** The tablet from {@code m} on is in a phase of the migration from s to d. */
    long phase(Phase phase, String owner, String replica, int attempt, ImportBase base, long sourceFrom, int round) {
        return route(tablet(phase, owner, replica, attempt, base, sourceFrom, round, MIGRATION));
    }

    static TabletRoute tablet(
            Phase phase,
            String owner,
            String replica,
            int attempt,
            ImportBase base,
            long sourceFrom,
            int round,
            String migration) {
        return tablet(phase, owner, replica, attempt, base, sourceFrom, round, migration, false);
    }

    private static TabletRoute tablet(
            Phase phase,
            String owner,
            String replica,
            int attempt,
            ImportBase base,
            long sourceFrom,
            int round,
            String migration,
            boolean paused) {
        MigrationRoute route = new MigrationRoute(
                migration, attempt, phase, false, replica, base, sourceFrom, round, List.of(), paused, 0, 200, 200);
        return new TabletRoute("names", MIDDLE, owner, route);
    }

    /** d's copy stands still where it is. */
    void pauseCopy() {
        route(tablet(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0, MIGRATION, true));
        pass(50);
    }

    /** The tablet belongs to a shard, and no migration concerns it. */
    long atRest(String owner) {
        return route(new TabletRoute("names", MIDDLE, owner, null));
    }

    /** d copies the tablet from s until it has nothing left to do. */
    void copy() {
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        pass(200);
        phase(Phase.CATCHING_UP, "s", "d", 1, ImportBase.FRESH, 0, 0);
        pass(50);
    }

    /** The tablet is d's from now on. */
    long cutOver() {
        return phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 0);
    }

    /** s follows d's log, so that the tablet can go back. */
    void openWindow() {
        phase(
                Phase.ROLLBACK_WINDOW,
                "d",
                "s",
                2,
                ImportBase.KEPT,
                completed("d").offset(),
                0);
    }

    /** The tablet is s's again from now on. */
    long rollBack() {
        return phase(Phase.CUTOVER, "s", "d", 2, ImportBase.KEPT, completed("d").offset(), 0);
    }

    // ---- time

    void pass(long millis) {
        long until = world.scheduler().nowMillis() + millis;
        while (world.scheduler().nowMillis() < until) {
            step();
        }
    }

    void until(String what, BooleanSupplier condition) {
        long until = world.scheduler().nowMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            if (world.scheduler().nowMillis() > until) {
                throw new AssertionError("waited " + PATIENCE_MILLIS + " ms in vain until " + what + "; at last:\n"
                        + String.join("\n", world.trace().lines()));
            }
            step();
        }
    }

    private void step() {
        world.scheduler().step();
        world.afterStep();
    }

    // ---- what goes on

    SimWorker worker(String name) {
        SimWorker worker = world.worker(name);
        if (worker == null) {
            throw new IllegalArgumentException("there is no worker " + name);
        }
        return worker;
    }

    SimLog log(String shard) {
        return world.truthOf(shard).log();
    }

    /** Whether a shard's log counts writes to a key. */
    boolean owns(String shard, String key) {
        return world.truthOf(shard).owns(dataKey(key));
    }

    static Bytes dataKey(String key) {
        return NAMES.dataKey(Bytes.utf8(key));
    }

    /** How often a kind of record stands in a shard's log. */
    long count(String shard, Class<? extends ShardRecord> type) {
        return log(shard).history().stream()
                .filter(r -> type.isInstance(r.record()))
                .count();
    }

    Logged last(String shard, Class<? extends ShardRecord> type) {
        return log(shard).history().stream()
                .filter(r -> type.isInstance(r.record()))
                .reduce((a, b) -> b)
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in the log of " + shard));
    }

    private Logged completed(String shard) {
        return last(shard, ShardRecord.ImportCompleted.class);
    }

    static KeyRange range() {
        return new KeyRange(MIDDLE, null);
    }

    /** Everything the cleaner may take is gone. */
    void compact(String shard) {
        compact(shard, world.settings().engine().tombstoneRetentionMillis());
    }

    void compact(String shard, long tombstonesKeptForMillis) {
        log(shard).compact(0, tombstonesKeptForMillis);
    }

    /** Whether a report of this kind has reached the control plane. */
    boolean isTold(Class<? extends Report> type) {
        return world.reports().entries().stream().anyMatch(e -> type.isInstance(e.value()));
    }

    // ---- what goes wrong

    void crash(String worker, boolean diskToo) {
        worker(worker).crash(diskToo);
    }

    void start(String worker) {
        worker(worker).start();
    }

    void restart(String worker) {
        crash(worker, false);
        start(worker);
    }

    /** One more worker, with no shard. */
    void join(String name) {
        SimWorker worker = new SimWorker(world, name);
        world.add(worker);
        worker.start();
        pass(100);
    }

    /** Hears nothing of the routing map for a while. */
    void deaf(String worker, long millis) {
        ControlTopic.Subscription<?> subscription = worker(worker).subscription();
        if (subscription == null) {
            throw new IllegalStateException(worker + " has not started yet");
        }
        subscription.stall(millis * Scheduler.MILLI);
    }

    /** Is cut off from Kafka for a while; clients still reach it. */
    void cutOff(String worker, long millis) {
        worker(worker).cutOff(millis * Scheduler.MILLI);
    }

    /** Stands still for a while. */
    void pause(String worker, long millis) {
        worker(worker).process().pauseUntil(world.scheduler().nowNanos() + millis * Scheduler.MILLI);
    }

    /** Stands still for a while, and its monotonic clock with it. */
    void suspend(String worker, long millis) {
        pause(worker, millis);
        worker(worker).clock().suspended(millis * Scheduler.MILLI);
    }

    // ---- clients

    /** A request on its way. */
    final class Asked {
        private final History.Call call;
        private final Action action;
        private final Bytes dataKey;
        private Network.@Nullable Result result;

        Asked(Bytes dataKey, Action action) {
            this.dataKey = dataKey;
            this.action = action;
            this.call = world.history().invoke(dataKey, action);
        }

        boolean isAnswered() {
            return result != null;
        }

        /** The client knows that it took effect. */
        boolean isAcknowledged() {
            Reply reply = reply();
            return reply instanceof Reply.Ok || reply instanceof Reply.Int;
        }

        @Nullable
        Reply reply() {
            return result instanceof Network.Result.Answered a ? a.reply() : null;
        }

        private void heard(Network.Result heard) {
            result = heard;
            Reply reply = reply();
            Answer answer = reply == null ? null : answer(reply);
            if (answer != null) {
                call.ok(answer);
                world.answered(dataKey, action, answer);
            } else if (heard instanceof Network.Result.Broken || isIndeterminate(reply)) {
                call.indeterminate();
            } else {
                call.failed();
            }
        }

        private static boolean isIndeterminate(@Nullable Reply reply) {
            return reply instanceof Reply.Failed f && f.failure() == Reply.Failure.INDETERMINATE;
        }

        private @Nullable Answer answer(Reply reply) {
            return switch (action) {
                case Action.Read read -> reply instanceof Reply.Value v ? new Answer.Value(v.value()) : null;
                case Action.Write write -> reply instanceof Reply.Ok ? Answer.Done.DONE : null;
                case Action.Delete delete -> reply instanceof Reply.Int n ? new Answer.Changed(n.value() > 0) : null;
                case Action.Increment increment -> reply instanceof Reply.Int n ? new Answer.Sum(n.value()) : null;
                case Action.SetIf set -> throw new IllegalArgumentException("not told here: " + set);
            };
        }
    }

    private Asked ask(String at, String key, Operation operation, Action action) {
        Asked asked = new Asked(dataKey(key), action);
        world.network().send(worker(at), "names", Bytes.utf8(key), operation, client, asked::heard);
        return asked;
    }

    Asked setting(String at, String key, String value) {
        Bytes written = Bytes.utf8(value);
        return ask(
                at,
                key,
                new Operation.Set(dataKey(key), written, Condition.ALWAYS, null, false),
                new Action.Write(written));
    }

    Asked getting(String at, String key) {
        return ask(at, key, new Operation.Get(dataKey(key)), new Action.Read());
    }

    Asked incrementing(String at, String key) {
        return ask(at, key, new Operation.Increment(dataKey(key), 1), new Action.Increment(1));
    }

    Asked deleting(String at, String key) {
        return ask(at, key, new Operation.Delete(List.of(dataKey(key))), new Action.Delete());
    }

    /** Somebody reads a key at one worker again and again. */
    void keepAsking(String at, String key) {
        getting(at, key);
        world.scheduler().after(10 * Scheduler.MILLI, () -> keepAsking(at, key));
    }

    /** Somebody writes a key at one worker again and again. */
    void keepSetting(String at, String key, String value) {
        setting(at, key, value);
        world.scheduler().after(10 * Scheduler.MILLI, () -> keepSetting(at, key, value));
    }

    /** Acknowledged, after as many tries as that takes. */
    void set(String at, String key, String value) {
        insist(() -> setting(at, key, value), Reply.Ok.class);
    }

    void delete(String at, String key) {
        insist(() -> deleting(at, key), Reply.Int.class);
    }

    long increment(String at, String key) {
        return ((Reply.Int) insist(() -> incrementing(at, key), Reply.Int.class)).value();
    }

    /** What a worker that serves the key says of it. */
    @Nullable
    String get(String at, String key) {
        Bytes value = ((Reply.Value) insist(() -> getting(at, key), Reply.Value.class)).value();
        return value == null ? null : value.toString();
    }

    private interface Try {
        Asked ask();
    }

    /** Asks again while the answer is that nothing was done. */
    private Reply insist(Try request, Class<? extends Reply> wanted) {
        long until = world.scheduler().nowMillis() + PATIENCE_MILLIS;
        while (true) {
            Asked asked = request.ask();
            until(asked.action + " is answered", asked::isAnswered);
            Reply reply = asked.reply();
            if (wanted.isInstance(reply)) {
                return reply;
            }
            if (world.scheduler().nowMillis() > until) {
                throw new AssertionError(asked.action + " of " + asked.dataKey + " got " + reply + " to the last; "
                        + String.join("\n", world.trace().lines()));
            }
            pass(20);
        }
    }

    /** Everything comes to rest, and every invariant holds: histories, stores, what compaction leaves of the logs. */
    void theEnd() {
        pass(2_000);
        world.atEnd();
    }
}
