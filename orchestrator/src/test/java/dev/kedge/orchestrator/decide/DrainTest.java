package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.orchestrator.model.Migration;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.ShardState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Emptying a worker: w1 with s1 (a tablet of {@code hash}, all of {@code range}), w2 with s2 (the other tablet of {@code hash}). */
final class DrainTest {
    private static final MigrationOptions NO_WINDOW =
            new MigrationOptions(100, 0, 0, 1_000, 500, 1_000, 2_000, 2, MigrationOptions.OnDivergence.ABORT);

    private final Cell cell = new Cell();

    @BeforeEach
    void ready() {
        cell.makeReady();
    }

    private List<Event> drain(String worker) {
        return cell.command(new Command.DrainWorker(worker, NO_WINDOW));
    }

    private List<Migration> running() {
        return cell.state().migrations().values();
    }

    @Test
    void everyTabletMovesWithinTheLimitsAndThenTheWorkerIsDrained() {
        cell.command(new Command.SplitTablet("hash", slot(0x800)));
        cell.command(new Command.SplitTablet("hash", slot(0x1000)));
        cell.join("w3", "s3");
        assertThat(drain("w1")).containsExactly(new Event.WorkerDrainStarted("w1", "m7", NO_WINDOW));
        List<Event> decided = new ArrayList<>(cell.live(500, "w1", "w2", "w3"));
        // Four tablets; a shard takes part in two migrations at most. They go to whoever has the fewest.
        assertThat(running()).hasSize(2).allMatch(m -> m.phase() == Phase.COPYING && m.id().startsWith("m7."));
        assertThat(running()).extracting(m -> m.plan().to()).containsExactly("s3", "s2");
        for (int i = 0; i < 20 && !running().isEmpty(); i++) {
            for (Migration m : running()) {
                cell.bringTo(m.id(), Phase.COMPLETED);
            }
            decided.addAll(cell.live(500, "w1", "w2", "w3"));
        }
        assertThat(cell.events)
                .filteredOn(e -> e.event() instanceof Event.MigrationPlanned)
                .hasSize(4);
        assertThat(decided)
                .filteredOn(e -> e instanceof Event.WorkerDrained)
                .containsExactly(new Event.WorkerDrained("w1"));
        assertThat(cell.state().keyspaces().values())
                .allMatch(k ->
                        k.tablets().values().stream().noneMatch(t -> t.shard().equals("s1")));
        assertThat(cell.live(60_000, "w1", "w2", "w3")).isEmpty();
    }

    @Test
    void nothingNewGoesToAWorkerThatIsDrained() {
        drain("w1");
        assertThat(code(cell.command(new Command.AddShard("s9", "w1")))).isEqualTo("WORKER_DRAINING");
        assertThat(code(cell.command(new Command.StartMigration("hash", "s2", "s1", slot(0x2000), null, Cell.OPTIONS))))
                .isEqualTo("WORKER_DRAINING");
        assertThat(code(cell.command(new Command.CreateKeyspace(
                        "new", Placement.RANGE, List.of(new Command.InitialTablet(Bytes.EMPTY, "s1"))))))
                .isEqualTo("WORKER_DRAINING");
        assertThat(cell.command(new Command.UndrainWorker("w1"))).containsExactly(new Event.WorkerUndrained("w1"));
        assertThat(cell.command(new Command.AddShard("s9", "w1")))
                .hasSize(1)
                .first()
                .isInstanceOf(Event.ShardAdded.class);
    }

    @Test
    void aMigrationThatWasOnlyPlannedThereIsCalledOff() {
        cell.time(60_000); // nobody is fresh enough to begin
        String id = cell.start("hash", "s2", "s1", slot(0x2000), null);
        assertThat(drain("w1"))
                .containsExactly(
                        new Event.WorkerDrainStarted("w1", "m5", NO_WINDOW),
                        new Event.MigrationAborted(id, "the worker w1 of its destination is being drained"));
    }

    @Test
    void anOpenRollbackWindowKeepsTheWorkerUntilItEnds() {
        String id = cell.start("range", "s1", "s2", Bytes.EMPTY, null);
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.StartMigration("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000), NO_WINDOW));
        cell.bringTo("m5", Phase.COMPLETED);
        drain("w1");
        assertThat(cell.live(60_000, "w1", "w2")).isEmpty();
        cell.command(new Command.FinishMigration(id));
        cell.evicted(id);
        assertThat(cell.live(500, "w1", "w2")).containsExactly(new Event.WorkerDrained("w1"));
    }

    @Test
    void aMoveThatFailsIsTriedAgainAfterAPauseThatGrows() {
        drain("w1");
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            cell.live(500, "w1", "w2");
            for (Migration m : running()) {
                cell.report(new Report.ReplicationFailed("s2", m.id(), 1, "the disk is full"));
                cell.evicted(m.id());
            }
            long from = cell.now;
            while (running().isEmpty()) {
                cell.live(500, "w1", "w2");
            }
            pauses.add(cell.now - from);
        }
        assertThat(pauses).isSorted();
        assertThat(pauses.get(0)).isGreaterThanOrEqualTo(30_000);
        assertThat(pauses.get(2)).isGreaterThanOrEqualTo(2 * pauses.get(0));
        assertThat(worker("w1").service()).isInstanceOf(Worker.Draining.class);
    }

    @Test
    void aDeadWorkerIsDrainedByFailover() {
        cell.live(5_000, "w2");
        drain("w1");
        assertThat(cell.live(6_500, "w2"))
                .filteredOn(e -> !(e instanceof Event.OfMigration))
                .containsExactly(
                        new Event.WorkerLost("w1", 7, 10_500),
                        new Event.ShardAssigned("s1", "w2", 2, "w1 is lost"),
                        new Event.WorkerDrained("w1"));
        cell.beat("w1", ShardState.SERVING);
        assertThat(worker("w1").service()).isInstanceOf(Worker.Drained.class);
    }

    @Test
    void readReplicasLeaveTooAndAreNotRunInto() {
        cell.command(new Command.AddReadReplica("hash", slot(0x2000), "s1", 2_000));
        cell.command(new Command.AddReadReplica("range", Bytes.EMPTY, "s2", 2_000));
        drain("w1");
        List<Event> decided = cell.live(500, "w1", "w2");
        assertThat(decided).contains(new Event.ReadReplicaLeaving("r4", "the worker w1 is being drained"));
        // All of range can't go to s2, which follows it; the tablet of hash can.
        assertThat(decided)
                .filteredOn(e -> e instanceof Event.MigrationPlanned)
                .hasSize(1)
                .allMatch(e -> ((Event.MigrationPlanned) e).keyspace().equals("hash"));
    }

    /** Reads that the replica served are then served by the owner there. */
    @Test
    void aReplicaInTheOnlyPlaceLeftIsRemovedFirst() {
        cell.command(new Command.StartMigration("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000), NO_WINDOW));
        cell.bringTo("m4", Phase.COMPLETED);
        cell.command(new Command.AddReadReplica("range", Bytes.EMPTY, "s2", 2_000));
        drain("w1");
        List<Event> decided = cell.live(20_000, "w1", "w2");
        assertThat(decided)
                .filteredOn(e -> e instanceof Event.ReadReplicaLeaving)
                .singleElement()
                .isEqualTo(new Event.ReadReplicaLeaving(
                        "r5",
                        "the worker w1 is being drained, and its tablet can go nowhere but to shards that follow it"));
        assertThat(decided)
                .filteredOn(e -> e instanceof Event.PolicyRefused)
                .singleElement()
                .isInstanceOfSatisfying(Event.PolicyRefused.class, e -> {
                    assertThat(e.policy()).isEqualTo(PolicyKind.DRAIN);
                    assertThat(e.shard()).isEqualTo("s1");
                    assertThat(e.code()).isEqualTo("TABLET_IN_MIGRATION");
                    assertThat(e.reason()).contains("the read replica r5 on s2 is removed first");
                });
        cell.report(new Report.EvictionDone("s2", "r5", 1, 9, 0));
        decided = new ArrayList<>(cell.live(20_000, "w1", "w2"));
        assertThat(running())
                .singleElement()
                .satisfies(m -> assertThat(m.plan().to()).isEqualTo("s2"));
        cell.bringTo(running().get(0).id(), Phase.COMPLETED);
        decided.addAll(cell.live(1_000, "w1", "w2"));
        assertThat(decided)
                .filteredOn(e -> !(e instanceof Event.OfMigration) && !(e instanceof Event.OfReadReplica))
                .containsExactlyInAnyOrder(
                        new Event.PolicyRefusalLifted(PolicyKind.DRAIN, "s1", "range", Bytes.EMPTY),
                        new Event.WorkerDrained("w1"));
    }

    @Test
    void aDrainThatCanGoNowhereSaysSoOnceAndGoesOnWhenItCan() {
        cell.live(6_000, "w1"); // w2 falls silent, and is not lost yet
        drain("w1");
        List<Event> decided = cell.live(3_000, "w1");
        assertThat(decided).singleElement().isInstanceOfSatisfying(Event.PolicyRefused.class, e -> {
            assertThat(e.code()).isEqualTo("NO_DESTINATION");
            assertThat(e.reason()).contains("the worker w1 is being drained, but nothing leaves its shard s1");
        });
        assertThat(cell.live(30_000, "w1", "w2"))
                .contains(new Event.PolicyRefusalLifted(PolicyKind.DRAIN, "s1", "hash", Bytes.EMPTY))
                .filteredOn(e -> e instanceof Event.MigrationPlanned)
                .hasSize(2);
    }

    /** The way back of what is gone may be open for hours. */
    @Test
    void anOpenWindowDoesNotHideThatTheRestIsStuck() {
        MigrationOptions window =
                new MigrationOptions(100, 600_000, 0, 1_000, 500, 1_000, 2_000, 2, MigrationOptions.OnDivergence.ABORT);
        cell.command(new Command.AddReadReplica("range", Bytes.EMPTY, "s2", 2_000));
        cell.command(new Command.DrainWorker("w1", window));
        cell.live(500, "w1", "w2");
        Migration gone = running().get(0);
        assertThat(gone.plan().keyspace()).isEqualTo("hash");
        cell.bringTo(gone.id(), Phase.ROLLBACK_WINDOW);
        assertThat(cell.live(20_000, "w1", "w2"))
                .filteredOn(e -> e instanceof Event.PolicyRefused)
                .singleElement()
                .isInstanceOfSatisfying(
                        Event.PolicyRefused.class, e -> assertThat(e.code()).isEqualTo("TABLET_IN_MIGRATION"));
    }

    @Test
    void oneWorkerThatIsStuckKeepsNoOtherFromBeingDrained() {
        cell.join("w3", "s3");
        cell.command(new Command.AddReadReplica("range", Bytes.EMPTY, "s2", 2_000));
        cell.command(new Command.AddReadReplica("range", Bytes.EMPTY, "s3", 2_000));
        cell.live(500, "w1", "w2", "w3");
        drain("w1"); // its part of "range" can go nowhere before a replica is gone
        cell.command(new Command.StartMigration("hash", "s1", "s3", Bytes.EMPTY, slot(0x2000), NO_WINDOW));
        cell.live(500, "w1", "w2", "w3");
        drain("w2");
        List<Event> decided = cell.live(500, "w1", "w2", "w3");
        assertThat(decided)
                .filteredOn(e -> e instanceof Event.MigrationPlanned)
                .extracting(e -> ((Event.MigrationPlanned) e).from())
                .contains("s2");
    }

    @Test
    void badDrainsAreRefused() {
        assertThat(code(drain("w9"))).isEqualTo("UNKNOWN_WORKER");
        assertThat(code(cell.command(new Command.UndrainWorker("w9")))).isEqualTo("UNKNOWN_WORKER");
        assertThat(cell.command(new Command.UndrainWorker("w1")))
                .containsExactly(new Event.CommandHadNoEffect("the worker w1 is in use"));
        assertThat(code(cell.command(new Command.DrainWorker(
                        "w1", new MigrationOptions(0, 0, 0, 0, 0, 0, 0, 0, MigrationOptions.OnDivergence.ABORT)))))
                .isEqualTo("BAD_OPTION");
        drain("w1");
        assertThat(drain("w1")).containsExactly(new Event.CommandHadNoEffect("the worker w1 is being drained already"));
        assertThat(code(drain("w2"))).isEqualTo("NO_OTHER_WORKER");
    }

    private static String code(List<Event> decided) {
        assertThat(decided).hasSize(1).first().isInstanceOf(Event.CommandRejected.class);
        return ((Event.CommandRejected) decided.get(0)).code();
    }

    private Worker worker(String name) {
        Worker worker = cell.state().worker(name);
        assertThat(worker).isNotNull();
        return worker;
    }
}
