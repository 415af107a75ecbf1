package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.MigrationRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.worker.engine.Operation.Condition;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shard d copies a tablet from s while clients of either wait; the copy's target is a p99 of 50 ms. */
class CopyPaceStoryTest {
    private static final int LEAST = 100;
    private static final EngineSettings SETTINGS = new EngineSettings(
            2_000,
            200,
            3_000,
            250,
            1_000,
            1 << 20,
            2 << 20,
            1_000,
            50,
            100,
            0,
            4,
            86_400_000L,
            1_000,
            2_000,
            LEAST,
            10);

    private final World world = new World();
    private World.Node s;
    private World.Node d;

    @BeforeEach
    void twoShards() {
        world.route(new KeyspaceRoute("k", 1, Placement.RANGE));
        world.route(new ShardRoute("s", "w-s", 1, World.topic("s"), "id-s"));
        world.route(new ShardRoute("d", "w-d", 1, World.topic("d"), "id-d"));
        world.route(new TabletRoute("k", Bytes.EMPTY, "d", null));
        world.route(new TabletRoute("k", Bytes.utf8("m"), "s", null));
        s = world.node("s", SETTINGS);
        d = world.node("d", SETTINGS);
        s.engine.start(1, world.map);
        d.engine.start(1, world.map);
        world.run();
        phase(Phase.COPYING, 50);
        world.pass(100);
    }

    private void phase(Phase phase, int targetMillis) {
        world.route(new TabletRoute(
                "k",
                Bytes.utf8("m"),
                "s",
                new MigrationRoute(
                        "m1",
                        1,
                        phase,
                        false,
                        "d",
                        ImportBase.FRESH,
                        0,
                        0,
                        List.of(),
                        false,
                        0,
                        1_000,
                        2_000,
                        targetMillis)));
        world.run();
    }

    /** One second in which a hundred clients of a shard wait so long each. */
    private void second(World.Node node, String prefix, long waitMillis) {
        node.hold = true;
        for (int i = 0; i < 100; i++) {
            node.send(new Operation.Set(World.key(prefix + i), Bytes.utf8("v"), Condition.ALWAYS, null, false));
        }
        world.run();
        world.pass(waitMillis);
        node.release();
        world.pass(1_000 - waitMillis);
    }

    private Report.ReplicaProgress progress() {
        world.pass(300);
        return world.reports(Report.ReplicaProgress.class).getLast();
    }

    @Test
    void patientClientsOfTheSourceDoNotSlowItDownAndImpatientOnesDo() {
        second(s, "x", 20);
        second(s, "x", 20);
        assertThat(progress().rowsPerSecondLimit()).isZero();
        assertThat(progress().sourceP99Micros()).isBetween(20_000L, 40_000L);
        second(s, "x", 200);
        second(s, "x", 200);
        Report.ReplicaProgress slowed = progress();
        assertThat(slowed.sourceP99Micros()).isGreaterThanOrEqualTo(200_000);
        assertThat(slowed.rowsPerSecondLimit()).isBetween(LEAST, 200);
        long rows = slowed.rows();
        for (int i = 0; i < 500; i++) {
            s.send(new Operation.Set(World.key("y" + i), Bytes.utf8("v"), Condition.ALWAYS, null, false));
        }
        assertThat(progress().rows() - rows).as("rows copied in a moment").isLessThan(250);
        for (int i = 0; i < 20; i++) {
            world.pass(1_000);
        }
        assertThat(progress().rowsPerSecondLimit()).as("the clients are gone").isZero();
        assertThat(progress().rows() - rows).isGreaterThanOrEqualTo(500);
    }

    @Test
    void theDestinationsOwnClientsCountAsMuch() {
        second(d, "a", 200);
        second(d, "a", 200);
        assertThat(progress().ownP99Micros()).isGreaterThanOrEqualTo(200_000);
        assertThat(progress().rowsPerSecondLimit()).isPositive();
    }

    @Test
    void aCopyThatIsToHeedNobodyAsksNobody() {
        world.pass(1_100);
        world.reports.clear();
        phase(Phase.COPYING, 0);
        second(s, "x", 200);
        second(d, "a", 200);
        assertThat(progress().rowsPerSecondLimit()).isZero();
        assertThat(world.reports(Report.ForegroundLatency.class)).isEmpty();
    }

    /** No storms: one small report a second while the copy runs, none afterwards. */
    @Test
    void theSourceReportsOnceASecondAndOnlyDuringTheCopy() {
        world.reports.clear();
        world.pass(10_000);
        assertThat(world.reports(Report.ForegroundLatency.class))
                .hasSizeBetween(9, 10)
                .allSatisfy(report -> {
                    assertThat(report.shard()).isEqualTo("s");
                    assertThat(report.migration()).isEqualTo("m1");
                });
        phase(Phase.DUAL_WRITE, 50);
        world.reports.clear();
        world.pass(5_000);
        assertThat(world.reports(Report.ForegroundLatency.class)).isEmpty();
    }
}
