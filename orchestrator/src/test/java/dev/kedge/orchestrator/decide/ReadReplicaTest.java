package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.orchestrator.model.ReadReplica;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Read replicas of [start, 0x2000) of the keyspace "hash", which s1 owns; s3 is free to follow, and s2 to take it over. */
final class ReadReplicaTest {
    private final Cell cell = Cell.ready();
    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void aThirdShard() {
        cell.command(new Command.AddShard("s3", "w2"));
        cell.report(new Report.LogReady("s3", "test.shard.s3.g1", "id-s3"));
        cell.heartbeat("w2", "s2", "s3");
    }

    private String add() {
        return add("s3");
    }

    private String add(String shard) {
        cell.command(new Command.AddReadReplica("hash", Bytes.EMPTY, shard, 2_000));
        return "r" + (cell.commands - 1);
    }

    private List<Event> remove() {
        return cell.command(new Command.RemoveReadReplica("hash", Bytes.EMPTY, "s3"));
    }

    private ReadReplica replica(String id) {
        ReadReplica replica = cell.state().readReplicas().get(id);
        if (replica == null) {
            throw new AssertionError("no read replica " + id);
        }
        return replica;
    }

    private List<Event> progress(String id, int attempt, long position, long end) {
        return cell.report(new Report.ReplicaProgress("s3", id, attempt, position, end, position, 9, false));
    }

    private List<Event> evicted(String id, int attempt) {
        return cell.report(new Report.EvictionDone("s3", id, attempt, 9, 77));
    }

    private void refused(Command command, Rejection code, String says) {
        var before = cell.state();
        assertThat(cell.command(command)).singleElement().isInstanceOfSatisfying(Event.CommandRejected.class, r -> {
            assertThat(r.code()).isEqualTo(code.name());
            assertThat(r.reason()).contains(says);
        });
        assertThat(cell.state().keyspaces()).isEqualTo(before.keyspaces());
        assertThat(cell.state().readReplicas()).isEqualTo(before.readReplicas());
        assertThat(cell.state().migrations()).isEqualTo(before.migrations());
    }

    private static Command.StartMigration migrate(String to, Bytes end) {
        return new Command.StartMigration("hash", "s1", to, Bytes.EMPTY, end, Cell.OPTIONS);
    }

    /** What platforms see: it copies, it follows, its tablet moves and it follows the new owner, it goes. */
    @Test
    void theStoryOfAReadReplica() {
        cell.transcript = lines::add;
        String id = add();
        progress(id, 1, 0, 5_000);
        progress(id, 1, 4_000, 6_000);
        progress(id, 1, 5_000, 6_500);
        String migration = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000));
        cell.bringTo(migration, Phase.CUTOVER);
        progress(id, 1, 7_000, 7_000);
        progress(id, 2, 0, 900);
        progress(id, 2, 900, 900); // not while the cutover is under way
        cell.bringTo(migration, Phase.ROLLBACK_WINDOW);
        progress(id, 2, 901, 901);
        cell.bringTo(migration, Phase.COMPLETED);
        remove();
        evicted(id, 2);
        Transcript.check("read-replica", lines);
    }

    @Test
    void itIsReadyOnlyOnceItHasPassedTheEndThatTheLogHadWhenItBegan() {
        String id = add();
        progress(id, 1, 10, 5_000);
        progress(id, 1, 4_999, 9_000);
        assertThat(replica(id).state()).isEqualTo(ReadReplicaState.COPYING);
        assertThat(progress(id, 1, 5_000, 9_000)).containsExactly(new Event.ReadReplicaReady(id, 1));
        assertThat(progress(id, 1, 5_001, 9_000)).isEmpty();
        assertThat(cell.routing.route("hash", Bytes.EMPTY).route().readReplicas())
                .singleElement()
                .satisfies(r -> assertThat(r.state()).isEqualTo(ReadReplicaState.FOLLOWING));
    }

    @Test
    void aCutoverAndARollbackMakeItFollowTheNewOwnerAsANewAttempt() {
        String id = add();
        progress(id, 1, 50, 50);
        String migration = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000));
        cell.bringTo(migration, Phase.VERIFYING);
        assertThat(replica(id).attempt()).isEqualTo(1);
        cell.bringTo(migration, Phase.CUTOVER);
        assertThat(replica(id).attempt()).isEqualTo(2);
        assertThat(replica(id).state()).isEqualTo(ReadReplicaState.COPYING);
        progress(id, 1, 60, 60); // a report of the old attempt, late
        assertThat(replica(id).state()).isEqualTo(ReadReplicaState.COPYING);
        cell.bringTo(migration, Phase.ROLLBACK_WINDOW);
        cell.command(new Command.RollbackMigration(migration, "back"));
        cell.bringTo(migration, Phase.ROLLED_BACK);
        assertThat(replica(id).attempt()).isEqualTo(3);
    }

    /** Workers fence and serve by the version of the tablet's routing record: only the cutover itself may write it. */
    @Test
    void nothingAboutItIsWrittenDuringACutover() {
        String following = add();
        String migration = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000));
        cell.bringTo(migration, Phase.CUTOVER);
        int routed = cell.routed.size();
        progress(following, 2, 50, 50);
        refused(new Command.RemoveReadReplica("hash", Bytes.EMPTY, "s3"), Rejection.TABLET_IN_MIGRATION, migration);
        assertThat(cell.routed).hasSize(routed);
        cell.bringTo(migration, Phase.ROLLBACK_WINDOW);
        assertThat(remove()).singleElement().isInstanceOf(Event.ReadReplicaLeaving.class);
        cell.command(new Command.RollbackMigration(migration, "back"));
        cell.bringTo(migration, Phase.CUTOVER);
        assertThat(evicted(following, 2)).isEmpty();
        cell.bringTo(migration, Phase.CLEANUP);
        assertThat(evicted(following, 2)).containsExactly(new Event.ReadReplicaRemoved(following, 77));
    }

    @Test
    void anAbortedMigrationDoesNotTouchIt() {
        String id = add();
        progress(id, 1, 50, 50);
        String migration = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000));
        cell.bringTo(migration, Phase.VERIFYING);
        cell.command(new Command.AbortMigration(migration, "no"));
        cell.evicted(migration);
        assertThat(replica(id).attempt()).isEqualTo(1);
        assertThat(replica(id).state()).isEqualTo(ReadReplicaState.FOLLOWING);
    }

    @Test
    void itIsGoneOnlyWhenItsShardSaysThatItsRowsAre() {
        String id = add();
        assertThat(remove()).containsExactly(new Event.ReadReplicaLeaving(id, "asked to"));
        assertThat(remove()).singleElement().isInstanceOf(Event.CommandHadNoEffect.class);
        assertThat(progress(id, 1, 50, 50)).isEmpty();
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s3", 2_000), Rejection.READ_REPLICA_LEAVING, id);
        refused(migrate("s3", slot(0x2000)), Rejection.HOLDS_READ_REPLICA, "s3 holds a read replica"); // R9
        assertThat(cell.report(new Report.EvictionDone("s2", id, 1, 9, 0))).isEmpty(); // not the one that follows
        assertThat(evicted(id, 1)).containsExactly(new Event.ReadReplicaRemoved(id, 77));
        assertThat(cell.state().readReplicas().isEmpty()).isTrue();
        assertThat(cell.state().keyspace("hash").tabletAt(Bytes.EMPTY).tablet().readReplicas())
                .isEmpty();
        assertThat(add()).isNotEqualTo(id);
    }

    @Test
    void anEvictionEndsNoReplicaThatIsWanted() {
        String id = add();
        assertThat(evicted(id, 1)).isEmpty();
        assertThat(cell.report(new Report.ReplicationFailed("s3", id, 1, "broker away")))
                .isEmpty();
        assertThat(replica(id).state()).isEqualTo(ReadReplicaState.COPYING);
    }

    @Test
    void theBoundsOfItsTabletStandStill() { // R8
        String id = add();
        cell.command(new Command.SplitTablet("hash", slot(0x3000)));
        cell.start("hash", "s2", "s1", slot(0x2000), slot(0x3000), Cell.OPTIONS);
        refused(new Command.SplitTablet("hash", slot(0x1000)), Rejection.TABLET_HAS_READ_REPLICAS, id);
        refused(migrate("s2", slot(0x1000)), Rejection.TABLET_HAS_READ_REPLICAS, "kedge replica remove");
        String beside = "m" + (cell.commands - 3);
        cell.bringTo(beside, Phase.COMPLETED);
        refused(new Command.MergeTablets("hash", slot(0x2000)), Rejection.TABLET_HAS_READ_REPLICAS, id);
        refused(migrate("s2", slot(0x3000)), Rejection.TABLET_HAS_READ_REPLICAS, id);
    }

    @Test
    void oneThatMakesNoSenseIsRefused() {
        refused(new Command.AddReadReplica("nope", Bytes.EMPTY, "s3", 2_000), Rejection.UNKNOWN_KEYSPACE, "hash");
        refused(new Command.AddReadReplica("hash", slot(0x1000), "s3", 2_000), Rejection.UNKNOWN_BOUND, "0x2000");
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s9", 2_000), Rejection.UNKNOWN_SHARD, "s3");
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s1", 2_000), Rejection.SAME_SHARD, "s1");
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s3", 99), Rejection.BAD_OPTION, "99 ms");
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s3", 60_001), Rejection.BAD_OPTION, "compaction");
        refused(new Command.RemoveReadReplica("hash", Bytes.EMPTY, "s3"), Rejection.NO_READ_REPLICA, "s3");
        String id = add();
        assertThat(cell.command(new Command.AddReadReplica("hash", Bytes.EMPTY, "s3", 2_000)))
                .singleElement()
                .isInstanceOf(Event.CommandHadNoEffect.class);
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s3", 3_000), Rejection.READ_REPLICA_EXISTS, id);
    }

    @Test
    void noneComesWhileTheTabletMoves() {
        String id = cell.start("hash", "s1", "s2", Bytes.EMPTY, slot(0x2000));
        for (Phase phase : List.of(Phase.COPYING, Phase.VERIFYING, Phase.ROLLBACK_WINDOW, Phase.CLEANUP)) {
            cell.bringTo(id, phase);
            refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s3", 2_000), Rejection.TABLET_IN_MIGRATION, id);
        }
    }

    @Test
    void thereIsALimitOfThemPerTablet() {
        for (int i = 4; i < 4 + 9; i++) {
            cell.command(new Command.AddShard("s" + i, "w1"));
            cell.report(new Report.LogReady("s" + i, "test.shard.s" + i + ".g1", "id-s" + i));
        }
        for (int i = 4; i < 4 + 8; i++) {
            add("s" + i);
        }
        refused(new Command.AddReadReplica("hash", Bytes.EMPTY, "s12", 2_000), Rejection.TOO_MANY_READ_REPLICAS, "8");
    }
}
