package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.Operation.Condition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shard r follows the tablet from "m" on, which s owns, and answers who accepts answers of up to 1,500 ms of age. */
class ReadReplicaStoryTest {
    private static final EngineSettings SETTINGS = new EngineSettings(
            2_000, 200, 3_000, 250, 100, 1 << 20, 2 << 20, 1_000, 5, 100, 0, 4, 86_400_000L, 1_000, 2_000, 100, 10);
    private static final int MOST_MILLIS = 1_500;

    private final World world = new World();
    private World.Node s;
    private World.Node d;
    private World.Node r;

    @BeforeEach
    void threeShards() {
        world.route(new KeyspaceRoute("k", 1, Placement.RANGE));
        for (String shard : List.of("s", "d", "r")) {
            world.route(new ShardRoute(shard, "w-" + shard, 1, World.topic(shard), "id-" + shard));
        }
        world.route(new TabletRoute("k", Bytes.EMPTY, "s", null));
        world.route(new TabletRoute("k", Bytes.utf8("m"), "s", null));
        s = world.node("s", SETTINGS);
        d = world.node("d", SETTINGS);
        r = world.node("r", SETTINGS);
        List.of(s, d, r).forEach(node -> node.engine.start(1, world.map));
        world.run();
    }

    private void route(String owner, @Nullable MigrationRoute migration, int attempt, ReadReplicaState state) {
        world.route(new TabletRoute(
                "k",
                Bytes.utf8("m"),
                owner,
                migration,
                List.of(new ReadReplicaRoute("r9", attempt, state, "r", MOST_MILLIS))));
        world.run();
    }

    private void follow() {
        route("s", null, 1, ReadReplicaState.COPYING);
        world.pass(100);
        route("s", null, 1, ReadReplicaState.FOLLOWING);
        world.pass(50);
    }

    private static MigrationRoute migration(Phase phase, String replica) {
        return new MigrationRoute(
                "m1", 1, phase, false, replica, ImportBase.FRESH, 0, 1, List.of(), false, 0, 1_000, 2_000);
    }

    private void set(World.Node node, String key, String value) {
        assertThat(node.ask(new Operation.Set(World.key(key), Bytes.utf8(value), Condition.ALWAYS, null, false)))
                .isEqualTo(Reply.Ok.OK);
    }

    private static Operation get(String key) {
        return new Operation.Get(World.key(key));
    }

    private static Reply value(String value) {
        return new Reply.Value(Bytes.utf8(value));
    }

    private static Reply moved(String key, String shard) {
        return new Reply.Moved(World.key(key), shard);
    }

    private Report.ReplicaProgress lastProgress() {
        return world.reports(Report.ReplicaProgress.class).getLast();
    }

    @Test
    void itAnswersThoseWhoAcceptStaleReadsAndNobodyElse() {
        set(s, "x", "1");
        set(s, "a", "of the other tablet");
        follow();
        assertThat(r.askStale(get("x"))).isEqualTo(value("1"));
        set(s, "x", "2");
        assertThat(r.askStale(get("x"))).isEqualTo(value("2"));
        assertThat(r.askStale(new Operation.MultiGet(List.of(World.key("x"), World.key("y")))))
                .isInstanceOf(Reply.Values.class);
        assertThat(r.ask(get("x"))).isEqualTo(moved("x", "s"));
        assertThat(r.askStale(get("a"))).isEqualTo(moved("a", "s"));
        assertThat(r.askStale(new Operation.Set(World.key("x"), Bytes.utf8("3"), Condition.ALWAYS, null, false)))
                .isEqualTo(moved("x", "s"));
        assertThat(world.keysOf("r")).containsExactly("x");
    }

    /** The owner's keep-alives are what tells an idle owner from a replica that is cut off. */
    @Test
    void anIdleOwnerDoesNotMakeItStaleButBeingCutOffDoes() {
        set(s, "x", "1");
        follow();
        for (int i = 0; i < 20; i++) {
            world.pass(500);
            assertThat(r.askStale(get("x"))).isEqualTo(value("1"));
        }
        r.cutOff = true;
        world.pass(200);
        set(s, "x", "2");
        assertThat(r.askStale(get("x"))).as("old, but within what was stated").isEqualTo(value("1"));
        world.pass(MOST_MILLIS);
        assertThat(r.askStale(get("x"))).isEqualTo(moved("x", "s"));
        r.cutOff = false;
        world.pass(20);
        assertThat(r.askStale(get("x"))).isEqualTo(value("2"));
    }

    @Test
    void aDeadOwnerMakesItStaleForNobodyKnowsWhoWritesNow() {
        set(s, "x", "1");
        follow();
        s.hold = true; // no append of s arrives any more
        world.pass(2 * MOST_MILLIS);
        assertThat(r.askStale(get("x"))).isEqualTo(moved("x", "s"));
        long stood = lastProgress().appliedMillis();
        world.pass(1_100);
        assertThat(lastProgress().appliedMillis()).isEqualTo(stood);
    }

    @Test
    void itTellsHowFarItIsOncePerSecondAtEase() {
        follow();
        world.pass(1_000);
        world.reports.clear();
        world.pass(10_000);
        assertThat(world.reports(Report.ReplicaProgress.class))
                .hasSizeBetween(9, 11)
                .allSatisfy(p -> {
                    assertThat(p.migration()).isEqualTo("r9");
                    assertThat(p.appliedMillis()).isBetween(world.nanos / 1_000_000 - 11_000, world.nanos / 1_000_000);
                });
    }

    @Test
    void aWriteThatDoesNotCountIsNeverRead() {
        set(s, "x", "1");
        follow();
        s.hold = true;
        List<Reply> late = s.send(new Operation.Set(World.key("x"), Bytes.utf8("void"), Condition.ALWAYS, null, false));
        world.run();
        route("d", migration(Phase.CUTOVER, "s"), 2, ReadReplicaState.COPYING);
        // Somebody fences s before its write arrives: that write is void (R1, R2).
        d.appendFence(
                openSource(d, "s"),
                Bytes.utf8("fence"),
                new ShardRecord.Fence(
                        1, 1, 1, new KeyRange(Bytes.utf8("m"), null), world.version - 1, "m1", false, false));
        s.release();
        world.pass(100);
        assertThat(late).doesNotContain(Reply.Ok.OK);
        assertThat(r.askStale(get("x"))).isNotEqualTo(value("void"));
    }

    private static long openSource(World.Node node, String of) {
        node.open(4_711, World.topic(of), 0);
        node.pause(4_711, true);
        return 4_711;
    }

    @Test
    void afterACrashItGoesOnFromItsProgressAndNeverShowsWhatItHadLeftBehind() {
        follow();
        for (int i = 0; i < 40; i++) {
            set(s, "x", "v" + i);
        }
        world.pass(200); // progress is recorded
        for (int i = 40; i < 44; i++) {
            set(s, "x", "v" + i);
        }
        assertThat(r.askStale(get("x"))).isEqualTo(value("v43"));
        for (boolean keepDisk : List.of(true, false)) {
            r.restart(keepDisk);
            for (int i = 0; i < 100; i++) {
                world.nanos += 1_000_000;
                r.step();
                List<Reply> replies = new ArrayList<>();
                r.engine.request(new Request(get("x"), world.nanos, true, replies::add));
                assertThat(replies).allSatisfy(reply -> assertThat(reply).isIn(moved("x", "s"), value("v43")));
            }
            world.pass(2_500);
            assertThat(r.askStale(get("x"))).isEqualTo(value("v43"));
        }
        assertThat(world.logs.get(World.topic("r")).stream()
                        .filter(l -> l.record() instanceof ShardRecord.ImportStarted)
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aMigrationOfTheTabletMakesItFollowTheNewOwner() {
        for (int i = 0; i < 10; i++) {
            set(s, "x" + i, "old");
        }
        follow();
        route("s", migration(Phase.COPYING, "d"), 1, ReadReplicaState.FOLLOWING);
        world.pass(300);
        route("s", migration(Phase.DUAL_WRITE, "d"), 1, ReadReplicaState.FOLLOWING);
        world.pass(50);
        assertThat(r.askStale(get("x1"))).isEqualTo(value("old"));
        route("d", migration(Phase.CUTOVER, "s"), 2, ReadReplicaState.COPYING);
        world.pass(300);
        set(d, "x1", "new");
        world.pass(10);
        assertThat(r.askStale(get("x1"))).isEqualTo(value("new"));
        assertThat(r.askStale(get("x2"))).isEqualTo(value("old"));
    }

    /** Until its rows are the new owner's own, a replica of a destination holds half a copy (R6, I5). */
    @Test
    void itDoesNotAnswerFromACopyThatTheNewOwnerHasNotCompleted() {
        for (int i = 0; i < 10; i++) {
            set(s, "x" + i, "old");
        }
        route("s", migration(Phase.COPYING, "d"), 1, ReadReplicaState.COPYING);
        world.pass(300);
        s.hold = true; // its fence does not arrive, so d can't complete
        route("d", migration(Phase.CUTOVER, "s"), 2, ReadReplicaState.COPYING);
        world.pass(500);
        assertThat(world.reports(Report.ReplicaProgress.class))
                .anyMatch(p -> p.migration().equals("r9") && p.attempt() == 2);
        assertThat(r.askStale(get("x1"))).isEqualTo(moved("x1", "d"));
        s.release();
        world.pass(500);
        assertThat(r.askStale(get("x1"))).isEqualTo(value("old"));
    }

    @Test
    void whenItIsRemovedItsRowsGoAndItCanComeBack() {
        for (int i = 0; i < 10; i++) {
            set(s, "x" + i, "v");
        }
        follow();
        assertThat(world.keysOf("r")).hasSize(10);
        route("s", null, 1, ReadReplicaState.LEAVING);
        world.pass(100);
        assertThat(r.askStale(get("x1"))).isEqualTo(moved("x1", "s"));
        assertThat(world.keysOf("r")).isEmpty();
        assertThat(world.reports(Report.EvictionDone.class).getFirst())
                .satisfies(done -> assertThat(done.migration()).isEqualTo("r9"));
        world.route(new TabletRoute("k", Bytes.utf8("m"), "s", null));
        world.pass(50);
        world.route(new TabletRoute(
                "k",
                Bytes.utf8("m"),
                "s",
                null,
                List.of(new ReadReplicaRoute("r20", 1, ReadReplicaState.COPYING, "r", MOST_MILLIS))));
        world.pass(300);
        assertThat(r.askStale(get("x1"))).isEqualTo(value("v"));
        r.restart(false); // and its log alone says the same (I7)
        world.pass(2_500);
        assertThat(world.keysOf("r")).hasSize(10);
    }

    @Test
    void inARollbackWindowTheFormerOwnerAnswersTheSameWay() {
        set(s, "x", "1");
        route("s", migration(Phase.COPYING, "d"), 1, ReadReplicaState.LEAVING);
        world.pass(300);
        route("s", migration(Phase.DUAL_WRITE, "d"), 1, ReadReplicaState.LEAVING);
        world.pass(50);
        route("d", migration(Phase.CUTOVER, "s"), 1, ReadReplicaState.LEAVING);
        world.pass(100);
        long from = world.reports(Report.CutoverServed.class).getFirst().offset();
        route(
                "d",
                new MigrationRoute(
                        "m1",
                        2,
                        Phase.ROLLBACK_WINDOW,
                        false,
                        "s",
                        ImportBase.KEPT,
                        from,
                        0,
                        List.of(),
                        false,
                        0,
                        1_000,
                        2_000),
                1,
                ReadReplicaState.LEAVING);
        world.pass(100);
        set(d, "x", "2");
        assertThat(s.askStale(get("x"))).isEqualTo(value("2"));
        s.cutOff = true;
        set(d, "x", "3");
        world.pass(SETTINGS.windowStalenessMillis() + 100);
        assertThat(s.askStale(get("x"))).isEqualTo(moved("x", "d"));
    }
}
