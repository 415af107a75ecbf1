package dev.kedge.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.MigrationOptions.OnDivergence;
import java.util.List;
import java.util.function.BooleanSupplier;

/** 6. What is moved back is what was moved: these stories have a control plane, which is told to move bounds at the wrong moment. */
final class BoundsStories {
    private BoundsStories() {}

    /** A cell with a real decider: the keyspace {@code names}, up to {@code m} on s1 and from there on s2. */
    private static final class Cell {
        private static final MigrationOptions OPTIONS =
                new MigrationOptions(1_000, 5_000, 0, 50, 50, 200, 200, 2, OnDivergence.ABORT);
        private final World world = new World(
                1,
                SimSettings.DEFAULTS.calm(),
                Trace.off(),
                List.of(new Workload.Space(
                        "names", 1, Placement.RANGE, List.of(Bytes.utf8("a"), Bytes.utf8("h"), Bytes.utf8("x")))));

        Cell() {
            world.add(new SimWorker(world, "w1"));
            world.add(new SimWorker(world, "w2"));
            world.controlPlane().start();
            world.workers().forEach(SimWorker::start);
            until(() -> world.state().workers().size() == 2);
            send(new Command.AddShard("s1", "w1"));
            send(new Command.AddShard("s2", "w2"));
            until(() -> world.truths().size() == 2);
            send(new Command.CreateKeyspace(
                    "names",
                    Placement.RANGE,
                    List.of(new InitialTablet(Bytes.EMPTY, "s1"), new InitialTablet(Bytes.utf8("m"), "s2"))));
            until(() -> owns("s1", "a") && owns("s2", "x"));
        }

        void send(Command command) {
            world.operator().send(command);
            pass(100);
        }

        void pass(long millis) {
            long until = world.scheduler().nowMillis() + millis;
            while (world.scheduler().nowMillis() < until) {
                world.scheduler().step();
                world.afterStep();
            }
        }

        void until(BooleanSupplier condition) {
            for (int i = 0; !condition.getAsBoolean(); i++) {
                assertThat(i).as("tries of 10 ms").isLessThan(2_000);
                pass(10);
            }
        }

        boolean owns(String shard, String key) {
            return world.truthOf(shard).owns(world.spaces().get(0).dataKey(Bytes.utf8(key)));
        }

        Migration migration() {
            return world.state().migrations().values().get(0);
        }

        /** Moves [a, m) from s1 to s2, up to the open window. */
        void moveTheFirst() {
            send(new Command.StartMigration("names", "s1", "s2", Bytes.EMPTY, Bytes.utf8("m"), OPTIONS));
            until(() -> migration().phase() == Phase.ROLLBACK_WINDOW);
            pass(200);
        }

        void goBack() {
            send(new Command.RollbackMigration(migration().id(), "second thoughts"));
            until(() -> world.state().migrations().isEmpty());
            pass(500);
            assertThat(owns("s1", "a") && owns("s1", "h"))
                    .as("s1 has what it had")
                    .isTrue();
            assertThat(owns("s2", "x")).as("s2 has what it had").isTrue();
            world.atEnd();
        }
    }

    /** A merge takes the bound at the end of what was moved away: going back would move what the source never had. */
    static final class MergeInTheWindow implements Runnable {
        @Override
        public void run() {
            Cell cell = new Cell();
            cell.moveTheFirst();
            cell.send(new Command.MergeTablets("names", Bytes.utf8("m")));
            cell.goBack();
        }
    }

    /** A split inside of what was moved: going back would move half. */
    static final class SplitInTheWindow implements Runnable {
        @Override
        public void run() {
            Cell cell = new Cell();
            cell.moveTheFirst();
            cell.send(new Command.SplitTablet("names", Bytes.utf8("e")));
            cell.goBack();
        }
    }
}
