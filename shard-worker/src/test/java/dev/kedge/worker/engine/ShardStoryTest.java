package dev.kedge.worker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Operation.Condition;
import dev.kedge.worker.engine.Reply.Failure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two engines, driven by hand through what the routing map asks of them. */
class ShardStoryTest {
    private static final EngineSettings SETTINGS = new EngineSettings(
            2_000, 200, 3_000, 250, 100, 1 << 20, 2 << 20, 1_000, 50, 100, 0, 4, 86_400_000L, 1_000, 2_000, 100, 10);

    private final World world = new World();
    private World.Node s;
    private World.Node d;

    @BeforeEach
    void twoShards() {
        world.route(new KeyspaceRoute("k", 1, Placement.RANGE));
        world.route(new ShardRoute("s", "w-s", 1, World.topic("s"), "id-s"));
        world.route(new ShardRoute("d", "w-d", 1, World.topic("d"), "id-d"));
        world.route(new TabletRoute("k", Bytes.EMPTY, "s", null));
        world.route(new TabletRoute("k", Bytes.utf8("m"), "s", null));
        s = world.node("s", SETTINGS);
        d = world.node("d", SETTINGS);
        s.engine.start(1, world.map);
        d.engine.start(1, world.map);
        world.run();
    }

    private long phase(Phase phase, String owner, String replica, int attempt, ImportBase base, long from, int round) {
        long version = world.route(new TabletRoute(
                "k",
                Bytes.utf8("m"),
                owner,
                new MigrationRoute(
                        "m1", attempt, phase, false, replica, base, from, round, List.of(), false, 0, 1_000, 2_000)));
        world.run();
        return version;
    }

    private Reply set(World.Node node, String key, String value) {
        return node.ask(setting(key, value));
    }

    private static Operation setting(String key, String value) {
        return new Operation.Set(World.key(key), Bytes.utf8(value), Condition.ALWAYS, null, false);
    }

    private static Operation getting(String key) {
        return new Operation.Get(World.key(key));
    }

    private static Reply value(String value) {
        return new Reply.Value(Bytes.utf8(value));
    }

    private void copyToVerified() {
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(300);
        phase(Phase.CATCHING_UP, "s", "d", 1, ImportBase.FRESH, 0, 0);
        phase(Phase.DUAL_WRITE, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(50);
        phase(Phase.VERIFYING, "s", "d", 1, ImportBase.FRESH, 0, 1);
        world.pass(50);
    }

    private Report.CutoverServed cutOver() {
        phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 1);
        world.pass(50);
        List<Report.CutoverServed> served = world.reports(Report.CutoverServed.class);
        assertThat(served).isNotEmpty();
        return served.get(0);
    }

    @Test
    void aNewShardServesWhatItsKeyspaceGaveIt() {
        assertThat(s.engine.status().state()).isEqualTo(ShardState.SERVING);
        assertThat(set(s, "a", "1")).isEqualTo(Reply.Ok.OK);
        assertThat(s.ask(getting("a"))).isEqualTo(value("1"));
        assertThat(s.ask(getting("b"))).isEqualTo(Reply.Value.NONE);
        assertThat(d.ask(getting("a"))).isEqualTo(new Reply.Moved(World.key("a"), "s"));
    }

    @Test
    void countersAndConditionsSeeWritesOnTheirWay() {
        s.hold = true;
        List<Reply> first = s.send(new Operation.Increment(World.key("n"), 5));
        List<Reply> second = s.send(new Operation.Increment(World.key("n"), 6));
        List<Reply> read = s.send(getting("n"));
        List<Reply> absent =
                s.send(new Operation.Set(World.key("n"), Bytes.utf8("x"), Condition.IF_ABSENT, null, false));
        world.run();
        assertThat(first).isEmpty();
        assertThat(read).isEmpty();
        s.release();
        world.run();
        assertThat(first).containsExactly(new Reply.Int(5));
        assertThat(second).containsExactly(new Reply.Int(11));
        assertThat(read).containsExactly(value("11"));
        assertThat(absent).containsExactly(Reply.Value.NONE);
    }

    @Test
    void aMigrationMovesTheTabletAndTheWayBackBringsLaterWrites() {
        for (int i = 0; i < 20; i++) {
            set(s, "x" + i, "v" + i);
            set(s, "a" + i, "v" + i);
        }
        copyToVerified();
        List<Report.Digest> digests = world.reports(Report.Digest.class);
        assertThat(digests).hasSizeGreaterThanOrEqualTo(2);
        assertThat(digests.get(0).buckets()).isEqualTo(digests.get(1).buckets());
        assertThat(digests.get(0).markerOffset()).isEqualTo(digests.get(1).markerOffset());
        assertThat(digests.get(0).rows()).isEqualTo(20);

        List<Reply> early = d.send(getting("x1"));
        world.run();
        assertThat(early).isEmpty(); // the switch may be about to happen
        Report.CutoverServed served = cutOver();
        assertThat(early).containsExactly(value("v1"));
        assertThat(s.ask(getting("x1"))).isEqualTo(new Reply.Moved(World.key("x1"), "d"));
        assertThat(s.ask(getting("a1"))).isEqualTo(value("v1"));
        assertThat(world.reports(Report.Fenced.class)).isNotEmpty();

        assertThat(set(d, "x1", "later")).isEqualTo(Reply.Ok.OK);
        phase(Phase.ROLLBACK_WINDOW, "d", "s", 2, ImportBase.KEPT, served.offset(), 1);
        world.pass(100);
        set(d, "x2", "later still");
        phase(Phase.VERIFYING, "d", "s", 2, ImportBase.KEPT, served.offset(), 2);
        world.pass(100);
        List<Report.Digest> back = world.reports(Report.Digest.class).stream()
                .filter(r -> r.round() == 2)
                .toList();
        assertThat(back.stream().map(Report.Digest::shard).distinct()).hasSize(2);
        assertThat(back.stream().map(Report.Digest::buckets).distinct()).hasSize(1);
        phase(Phase.CUTOVER, "s", "d", 2, ImportBase.KEPT, served.offset(), 2);
        world.pass(100);
        assertThat(s.ask(getting("x1"))).isEqualTo(value("later"));
        assertThat(s.ask(getting("x2"))).isEqualTo(value("later still"));
        assertThat(d.ask(getting("x2"))).isEqualTo(new Reply.Moved(World.key("x2"), "s"));

        phase(Phase.CLEANUP, "s", "d", 2, ImportBase.KEPT, served.offset(), 2);
        world.pass(300);
        assertThat(world.reports(Report.EvictionDone.class)).isNotEmpty();
        assertThat(world.keysOf("d")).isEmpty();
        assertThat(s.ask(new Operation.Count(World.key(""), World.key("\u007f"))))
                .isEqualTo(new Reply.Int(40));
    }

    @Test
    void anAbortLeavesNothingBehindAndTheNextCopyStartsClean() {
        for (int i = 0; i < 10; i++) {
            set(s, "x" + i, "v" + i);
        }
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(300);
        assertThat(world.keysOf("d")).hasSize(10);
        phase(Phase.CLEANUP, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(300);
        assertThat(world.keysOf("d")).isEmpty();
        assertThat(world.reports(Report.EvictionDone.class)).isNotEmpty();
        s.ask(new Operation.Delete(List.of(World.key("x3"))));
        copyToVerified();
        assertThat(world.keysOf("d")).hasSize(9);
    }

    @Test
    void whileDualWritingAnAcknowledgementWaitsForTheReplica() {
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(300);
        phase(Phase.DUAL_WRITE, "s", "d", 1, ImportBase.FRESH, 0, 0);
        d.hold = true;
        List<Reply> write = s.send(setting("x", "1"));
        List<Reply> elsewhere = s.send(setting("a", "1"));
        world.run();
        assertThat(write).isEmpty();
        assertThat(elsewhere).containsExactly(Reply.Ok.OK);
        d.release();
        world.run();
        assertThat(write).containsExactly(Reply.Ok.OK);
        assertThat(d.store.rows).containsKey(World.key("x"));
    }

    @Test
    void aSilentReplicaDoesNotBlockTheOwnerForLong() {
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(300);
        phase(Phase.DUAL_WRITE, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.nodes.remove("d");
        List<Reply> write = s.send(setting("x", "1"));
        world.pass(500);
        assertThat(write).isEmpty();
        world.pass(1_000);
        assertThat(write).containsExactly(Reply.Ok.OK);
        assertThat(world.reports(Report.DualWriteLost.class)).isNotEmpty();
    }

    @Test
    void theDestinationFencesForASilentSourceAndWaitsOutItsLease() {
        set(s, "x", "1");
        copyToVerified();
        world.nodes.remove("s");
        phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 1);
        world.pass(1_900);
        List<Reply> read = d.send(getting("x"));
        world.pass(300);
        assertThat(world.logs.get(World.topic("s")))
                .last()
                .satisfies(r -> assertThat(r.record()).isInstanceOf(ShardRecord.Fence.class));
        assertThat(world.reports(Report.CutoverServed.class)).isEmpty();
        world.pass(2_300);
        assertThat(world.reports(Report.CutoverServed.class)).isNotEmpty();
        assertThat(read).hasSize(1);
        assertThat(d.ask(getting("x"))).isEqualTo(value("1"));
    }

    @Test
    void aRangeThatComesBackBeforeItsFenceIsConfirmedIsNotServedFromWhatWas() {
        set(s, "x", "1");
        copyToVerified();
        s.hold = true;
        phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 1);
        world.nodes.remove("s"); // stands still, with its fence sent
        s.release();
        world.pass(50);
        set(d, "x", "2"); // without a wait: the owner itself has fenced
        long completed = world.reports(Report.CutoverServed.class).get(0).offset();

        List<Runnable> acknowledgement = List.copyOf(s.inbox);
        s.inbox.clear();
        world.nodes.put("s", s);
        phase(Phase.CUTOVER, "s", "d", 2, ImportBase.KEPT, completed, 1);
        List<Reply> read = s.send(getting("x"));
        List<Reply> count = s.send(new Operation.Count(World.key("m"), World.key("z")));
        world.run();
        assertThat(read)
                .isEmpty(); // its lease lasts, its log as it knows it owns the range, and it holds the old value
        assertThat(count).isEmpty();
        s.inbox.addAll(acknowledgement);
        world.pass(50);
        assertThat(read).containsExactly(value("2"));
        assertThat(count).hasSize(1);
    }

    @Test
    void aWriteThatLandsBehindATakeoverFenceIsNotAcknowledgedAndIsRepaired() {
        set(s, "x", "old");
        copyToVerified();
        s.hold = true;
        List<Reply> write = s.send(setting("x", "void"));
        world.run();
        List<Logged> log = world.logs.get(World.topic("s"));
        log.add(new Logged(
                log.size(),
                0,
                Bytes.utf8("fence"),
                new ShardRecord.Fence(
                        9, 9, 1, new KeyRange(Bytes.utf8("m"), null), world.version + 5, "m1", false, false)));
        s.release();
        world.pass(100);
        assertThat(write).doesNotContain(Reply.Ok.OK);
        assertThat(s.store.get(World.key("x"))).isEqualTo("old".getBytes(UTF_8));
        assertThat(log).anySatisfy(r -> {
            assertThat(r.record()).isInstanceOf(ShardRecord.Restore.class);
            assertThat(r.key()).isEqualTo(World.key("x"));
        });
    }

    /** R5: nobody repaired the void record before the cleaner came. */
    @Test
    void aShardIsNotRecoveredFromALogThatHidesWhatMayBeGone() {
        set(s, "x", "acknowledged");
        List<Logged> log = world.logs.get(World.topic("s"));
        long acknowledged = log.size() - 1L;
        assertThat(log.get((int) acknowledged).key()).isEqualTo(World.key("x"));
        log.add(new Logged(
                log.size(),
                s.wallMillis() - World.COMPACTION_LAG_MILLIS,
                World.key("x"),
                new ShardRecord.Change(1, 999, "void".getBytes(UTF_8))));
        s.cleaned.add(acknowledged);

        s.restart(false);
        world.pass(3_000);
        assertThat(s.engine.status().state()).isEqualTo(ShardState.FAILED);
        assertThat(s.engine.status().reason()).contains("void records of 1 keys", "--recover-unrepaired");
        assertThat(log).noneMatch(r -> r.record() instanceof ShardRecord.Restore);
        s.restart(true);
        world.pass(3_000);
        assertThat(s.engine.status().state()).as("it does not forget").isEqualTo(ShardState.FAILED);

        s.recovery = new LogRecovery(World.COMPACTION_LAG_MILLIS, true);
        s.restart(true);
        world.pass(3_000);
        assertThat(s.engine.status().state()).isEqualTo(ShardState.SERVING);
        assertThat(s.ask(getting("x"))).isEqualTo(Reply.Value.NONE);
    }

    /** The same log, and a store that has the value from before. */
    @Test
    void aStoreThatHasWhatIsGoneFromTheLogRepairsIt() {
        set(s, "x", "acknowledged");
        List<Logged> log = world.logs.get(World.topic("s"));
        s.cleaned.add(log.size() - 1L);
        world.pass(100);
        log.add(new Logged(
                log.size(),
                s.wallMillis() - World.COMPACTION_LAG_MILLIS,
                World.key("x"),
                new ShardRecord.Change(1, 999, "void".getBytes(UTF_8))));

        s.restart(true);
        world.pass(3_000);
        assertThat(s.engine.status().state()).isEqualTo(ShardState.SERVING);
        assertThat(s.ask(getting("x"))).isEqualTo(value("acknowledged"));
        assertThat(log).anyMatch(r -> r.record() instanceof ShardRecord.Restore);
    }

    @Test
    void aFailedAppendIsIndeterminateAndTheShardOpensAnew() {
        set(s, "a", "1");
        s.hold = true;
        List<Reply> write = s.send(setting("a", "2"));
        world.run();
        s.inbox.add(() -> s.engine.broken("the broker went away"));
        world.run();
        assertThat(write)
                .singleElement()
                .satisfies(r -> assertThat(((Reply.Failed) r).failure()).isEqualTo(Failure.INDETERMINATE));
        s.hold = false;
        world.pass(50);
        assertThat(s.engine.status().state()).isEqualTo(ShardState.SERVING);
        assertThat(s.ask(getting("a"))).isEqualTo(value("1"));
        s.release(); // the old write arrives after all: it is void, and repaired
        set(s, "b", "1");
        world.pass(50);
        assertThat(s.ask(getting("a"))).isEqualTo(value("1"));
        List<Logged> log = world.logs.get(World.topic("s"));
        assertThat(log.stream().filter(r -> r.key().equals(World.key("a"))).reduce((a, b) -> b))
                .hasValueSatisfying(r -> assertThat(r.record()).isInstanceOf(ShardRecord.Restore.class));
    }

    @Test
    void aRestartWaitsForThePredecessorsLeaseUnlessItWasClosed() {
        set(s, "a", "1");
        s.restart(true);
        world.run();
        List<Reply> read = s.send(getting("a"));
        world.pass(1_000);
        assertThat(read).isEmpty();
        world.pass(1_400);
        assertThat(read).containsExactly(value("1"));
        boolean[] stopped = new boolean[1];
        s.engine.stop(() -> stopped[0] = true);
        world.run();
        assertThat(stopped[0]).isTrue();
        s.restart(true);
        world.run();
        assertThat(s.ask(getting("a"))).isEqualTo(value("1"));
    }

    @Test
    void aLostDiskIsRebuiltFromTheLogInTheMiddleOfACopy() {
        for (int i = 0; i < 30; i++) {
            set(s, "x" + i, "v" + i);
        }
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(300);
        Map<Bytes, byte[]> before = Map.copyOf(d.store.rows);
        d.restart(false);
        world.pass(2_500);
        assertThat(d.store.rows.keySet()).isEqualTo(before.keySet());
        long starts = world.logs.get(World.topic("d")).stream()
                .filter(r -> r.record() instanceof ShardRecord.ImportStarted)
                .count();
        assertThat(starts).isEqualTo(1);
        copyToVerified();
        cutOver();
        assertThat(d.ask(getting("x7"))).isEqualTo(value("v7"));
    }

    @Test
    void readsNeedTheLease() {
        set(s, "a", "1");
        s.hold = true; // no append is confirmed from here on
        world.pass(2_100);
        List<Reply> read = s.send(getting("a"));
        world.run();
        assertThat(read).isEmpty();
        s.release();
        world.run();
        assertThat(read).containsExactly(value("1"));
    }

    @Test
    void aHigherEpochDeposes() {
        List<Logged> log = world.logs.get(World.topic("s"));
        log.add(new Logged(log.size(), 0, Bytes.utf8("opened"), new ShardRecord.Opened(2, 5_000, 2_000, "w-other")));
        List<Reply> write = s.send(setting("a", "1"));
        world.pass(50);
        assertThat(write).hasSize(1).doesNotContain(Reply.Ok.OK);
        assertThat(s.engine.status().state()).isEqualTo(ShardState.FAILED);
        assertThat(s.engine.status().reason()).contains("epoch 2");
    }

    private void takeoverFence(long version) {
        List<Logged> log = world.logs.get(World.topic("s"));
        log.add(new Logged(
                log.size(),
                0,
                Bytes.utf8("fence"),
                new ShardRecord.Fence(9, 9, 1, new KeyRange(Bytes.utf8("m"), null), version, "m1", false, false)));
    }

    @Test
    void aRepairDoesNotRepeatAVoidValueThatIsStillOnItsWay() {
        set(s, "x", "10");
        copyToVerified();
        s.hold = true;
        s.send(new Operation.Increment(World.key("x"), 1));
        s.send(new Operation.Increment(World.key("x"), 1));
        world.run();
        takeoverFence(world.version + 5);
        s.held.poll().run(); // the first lands behind the fence, the second is still on its way
        world.pass(50);
        s.release();
        world.pass(100);
        assertThat(s.store.get(World.key("x"))).isEqualTo("10".getBytes(UTF_8));
        List<Logged> log = world.logs.get(World.topic("s"));
        assertThat(log.stream().filter(r -> r.record() instanceof ShardRecord.Restore))
                .isNotEmpty()
                .allSatisfy(r ->
                        assertThat(((ShardRecord.Restore) r.record()).value()).isEqualTo("10".getBytes(UTF_8)));
    }

    @Test
    void aReadThatFollowsAWriteConfirmedLateIsNotAnsweredUnderAnExpiredLease() {
        set(s, "a", "1");
        s.hold = true;
        s.send(setting("a", "2"));
        world.pass(2_500); // the write's confirmation is delayed past the lease
        List<Reply> read = s.send(getting("a"));
        world.run();
        s.held.poll().run();
        world.run();
        assertThat(read).isEmpty();
        s.release(); // a renewal sent after the read arrived
        world.run();
        assertThat(read).containsExactly(value("2"));
    }

    @Test
    void anOpeningReportedAsFailedStillEndsItsPredecessorsLease() {
        set(s, "a", "1");
        s.restart(true);
        s.inbox.add(() -> s.engine.broken("the acknowledgement was lost")); // its Opened is in the log
        world.run();
        List<Reply> read = s.send(getting("a"));
        world.pass(1_500);
        assertThat(read).isEmpty();
        world.pass(1_000);
        assertThat(read).containsExactly(value("1"));
    }

    @Test
    void aDestinationThatRestartsBehindTheFenceStillCompletes() {
        set(s, "x", "1");
        copyToVerified();
        world.nodes.remove("s");
        phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 1);
        List<Logged> log = world.logs.get(World.topic("s"));
        takeoverFence(world.version - 1);
        for (int i = 0; i < 3; i++) {
            log.add(new Logged(log.size(), 0, Bytes.utf8("k"), new ShardRecord.KeepAlive(0, 0)));
        }
        world.pass(500); // progress records have passed the fence
        d.restart(true);
        world.pass(5_500);
        assertThat(world.reports(Report.CutoverServed.class)).isNotEmpty();
        assertThat(d.ask(getting("x"))).isEqualTo(value("1"));
    }

    @Test
    void anAbortWaitsForAnImportStartedOnItsWay() {
        set(s, "x", "1");
        d.hold = true;
        phase(Phase.COPYING, "s", "d", 1, ImportBase.FRESH, 0, 0);
        phase(Phase.CLEANUP, "s", "d", 1, ImportBase.FRESH, 0, 0);
        world.pass(100);
        assertThat(world.reports(Report.EvictionDone.class)).isEmpty();
        d.release();
        world.pass(200);
        assertThat(world.reports(Report.EvictionDone.class)).isNotEmpty();
        assertThat(d.engine.judge().holding(World.key("x")).staging()).isNull();
    }

    @Test
    void aBrokenSourceIsReadAgainEvenInTheCutover() {
        set(s, "x", "1");
        copyToVerified();
        phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 1);
        for (long id = 0; id < 20; id++) {
            long source = id;
            d.inbox.add(() -> d.engine.sourceFailed(source, "the leader moved"));
        }
        world.pass(3_000);
        assertThat(world.reports(Report.CutoverServed.class)).isNotEmpty();
        assertThat(d.ask(getting("x"))).isEqualTo(value("1"));
    }

    @Test
    void whatComesLaterForAKeyDoesNotOvertakeWhatWaits() {
        set(s, "a", "1");
        world.nanos += 3_000_000_000L; // the lease is gone before anybody noticed
        List<Reply> read = s.send(getting("a"));
        List<Reply> write = s.send(setting("a", "2"));
        world.run();
        assertThat(read).containsExactly(value("1"));
        assertThat(write).containsExactly(Reply.Ok.OK);
    }

    @Test
    void aCountWaitsForATabletThatIsArriving() {
        set(s, "x", "1");
        copyToVerified();
        s.hold = true; // the fence does not get through
        phase(Phase.CUTOVER, "d", "s", 1, ImportBase.FRESH, 0, 1);
        List<Reply> count = d.send(new Operation.Count(World.key(""), World.key("\u007f")));
        world.run();
        assertThat(count).isEmpty();
        s.release();
        world.run();
        assertThat(count).containsExactly(new Reply.Int(1));
    }
}
