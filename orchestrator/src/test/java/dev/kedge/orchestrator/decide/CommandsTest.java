package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, with which code, and that the reason says what to do. A refusal changes nothing but the count of events. */
final class CommandsTest {
    private final Cell cell = Cell.ready();

    private String rejected(Command command, Rejection code) {
        var before = cell.state();
        int routed = cell.routed.size();
        List<Event> decided = cell.command(command);
        assertThat(decided).singleElement().isInstanceOf(Event.CommandRejected.class);
        Event.CommandRejected rejected = (Event.CommandRejected) decided.get(0);
        assertThat(rejected.code()).isEqualTo(code.name());
        assertThat(cell.state().keyspaces()).isEqualTo(before.keyspaces());
        assertThat(cell.state().shards()).isEqualTo(before.shards());
        assertThat(cell.state().migrations()).isEqualTo(before.migrations());
        assertThat(cell.routed).hasSize(routed);
        return rejected.reason();
    }

    private static Command.StartMigration migrate(String from, String to, Bytes start, Bytes end) {
        return new Command.StartMigration("hash", from, to, start, end, Cell.OPTIONS);
    }

    private static Command.CreateKeyspace keyspace(String name, Placement placement, InitialTablet... tablets) {
        return new Command.CreateKeyspace(name, placement, List.of(tablets));
    }

    // --- keyspaces ---

    @Test
    void keyspacesNeedASoundLayout() {
        assertThat(rejected(keyspace("k", Placement.HASH), Rejection.BAD_TABLETS))
                .contains("no tablet");
        assertThat(rejected(keyspace("k", Placement.HASH, new InitialTablet(slot(1), "s1")), Rejection.BAD_TABLETS))
                .contains("0x0001")
                .contains("no owner");
        assertThat(rejected(
                        keyspace(
                                "k",
                                Placement.RANGE,
                                new InitialTablet(Bytes.EMPTY, "s1"),
                                new InitialTablet(Bytes.utf8("m"), "s1"),
                                new InitialTablet(Bytes.utf8("c"), "s2")),
                        Rejection.BAD_TABLETS))
                .contains("c")
                .contains("ascending");
        assertThat(rejected(
                        keyspace("k", Placement.RANGE, new InitialTablet(Bytes.EMPTY, "s9")), Rejection.UNKNOWN_SHARD))
                .contains("s9")
                .contains("s1, s2");
        rejected(keyspace("no/slash", Placement.RANGE, new InitialTablet(Bytes.EMPTY, "s1")), Rejection.BAD_NAME);
        assertThat(rejected(
                        keyspace("hash", Placement.RANGE, new InitialTablet(Bytes.EMPTY, "s1")),
                        Rejection.KEYSPACE_EXISTS))
                .contains("HASH");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4000", "ffff", "10", "100000"})
    void hashTabletsStartAtWholeSlots(String bound) {
        assertThat(rejected(
                        keyspace(
                                "k",
                                Placement.HASH,
                                new InitialTablet(Bytes.EMPTY, "s1"),
                                new InitialTablet(Bytes.hex(bound), "s2")),
                        Rejection.BOUND_NOT_A_SLOT))
                .contains("0x" + bound);
    }

    @Test
    void limitsHold() {
        List<InitialTablet> many = new ArrayList<>();
        for (int i = 0; i <= 16_384; i++) {
            many.add(new InitialTablet(i == 0 ? Bytes.EMPTY : Bytes.hex(String.format("%08x", i)), "s1"));
        }
        rejected(new Command.CreateKeyspace("k", Placement.RANGE, many), Rejection.TOO_MANY_TABLETS);
        rejected(new Command.SplitTablet("range", Bytes.wrap(new byte[2_000])), Rejection.BOUND_TOO_LONG);
    }

    @Test
    void aKeyspaceAskedForTwiceIsMadeOnce() {
        assertThat(cell.command(keyspace("range", Placement.RANGE, new InitialTablet(Bytes.EMPTY, "s1"))))
                .singleElement()
                .isInstanceOf(Event.CommandHadNoEffect.class);
    }

    @Test
    void slotZeroIsTheStart() {
        assertThat(cell.command(keyspace("k", Placement.HASH, new InitialTablet(slot(0), "s1"))))
                .containsExactly(new Event.KeyspaceCreated(
                        "k", 3, Placement.HASH, List.of(new InitialTablet(Bytes.EMPTY, "s1"))));
    }

    // --- shards ---

    @Test
    void shardsNeedAWorkerAndAName() {
        assertThat(rejected(new Command.AddShard("s3", "w9"), Rejection.UNKNOWN_WORKER))
                .contains("w9")
                .contains("w1, w2")
                .contains("kedge worker");
        rejected(new Command.AddShard("a.b", "w1"), Rejection.BAD_NAME);
        rejected(new Command.AddShard("", "w1"), Rejection.BAD_NAME);
        assertThat(rejected(new Command.AddShard("s1", "w2"), Rejection.SHARD_EXISTS))
                .contains("w1");
        assertThat(cell.command(new Command.AddShard("s1", "w1")))
                .singleElement()
                .isInstanceOf(Event.CommandHadNoEffect.class);
    }

    @Test
    void aShardWithoutALogTakesNothing() {
        cell.command(new Command.AddShard("s3", "w1"));
        rejected(keyspace("k", Placement.RANGE, new InitialTablet(Bytes.EMPTY, "s3")), Rejection.SHARD_NOT_READY);
        cell.report(new Report.LogReady("s3", "another.topic", "id"));
        rejected(keyspace("k", Placement.RANGE, new InitialTablet(Bytes.EMPTY, "s3")), Rejection.SHARD_NOT_READY);
        assertThat(cell.report(new Report.LogReady("s3", "test.shard.s3.g1", "id")))
                .containsExactly(new Event.ShardLogCreated("s3", "id"), new Event.ShardAssigned("s3", "w1", 1, null));
        assertThat(cell.report(new Report.LogReady("s3", "test.shard.s3.g1", "id")))
                .isEmpty();
    }

    // --- migrations ---

    @Test
    void migrationsNeedNamesThatExist() {
        assertThat(rejected(
                        new Command.StartMigration("nope", "s1", "s2", Bytes.EMPTY, null, Cell.OPTIONS),
                        Rejection.UNKNOWN_KEYSPACE))
                .contains("nope")
                .contains("hash, range");
        assertThat(rejected(migrate("s9", "s2", Bytes.EMPTY, slot(1)), Rejection.UNKNOWN_SHARD))
                .contains("s9");
        rejected(migrate("s1", "s9", Bytes.EMPTY, slot(1)), Rejection.UNKNOWN_SHARD);
        rejected(migrate("s1", "s1", Bytes.EMPTY, slot(1)), Rejection.SAME_SHARD);
        assertThat(rejected(new Command.AbortMigration("m77", ""), Rejection.UNKNOWN_MIGRATION))
                .contains("m77")
                .contains("none is running");
    }

    @Test
    void rangesHoldSomethingAndLieInTheKeyspace() {
        rejected(migrate("s1", "s2", slot(0x10), slot(0x10)), Rejection.RANGE_EMPTY);
        assertThat(rejected(migrate("s1", "s2", slot(0x20), slot(0x10)), Rejection.RANGE_EMPTY))
                .contains("[0x0020, 0x0010)");
        rejected(migrate("s1", "s2", Bytes.EMPTY, slot(0)), Rejection.RANGE_EMPTY);
        rejected(migrate("s1", "s2", Bytes.hex("4001"), null), Rejection.BOUND_NOT_A_SLOT);
        rejected(migrate("s1", "s2", Bytes.hex("010203"), null), Rejection.BOUND_NOT_A_SLOT);
        rejected(migrate("s1", "s2", slot(1), Bytes.hex("4001")), Rejection.BOUND_NOT_A_SLOT);
    }

    @Test
    void rangesAreOwnedByTheSource() {
        assertThat(rejected(migrate("s1", "s2", slot(0x2000), slot(0x3000)), Rejection.RANGE_NOT_OWNED))
                .contains("is on s2, not on s1");
        assertThat(rejected(migrate("s1", "s2", slot(0x1000), slot(0x3000)), Rejection.RANGE_SPANS_SHARDS))
                .contains("[0x2000, the end)");
    }

    @Test
    void theSlotAfterTheLastIsTheEnd() {
        assertThat(cell.command(migrate("s2", "s1", slot(0x2000), slot(0x4000))))
                .first()
                .isEqualTo(new Event.MigrationPlanned("m4", "hash", slot(0x2000), null, "s2", "s1", Cell.OPTIONS));
    }

    @Test
    void aRangeInsideATabletIsSplitOffOnBothSides() {
        assertThat(cell.command(migrate("s1", "s2", slot(0x800), slot(0x1000))))
                .containsExactly(
                        new Event.TabletSplit("hash", Bytes.EMPTY, slot(0x800)),
                        new Event.TabletSplit("hash", slot(0x800), slot(0x1000)),
                        new Event.MigrationPlanned("m4", "hash", slot(0x800), slot(0x1000), "s1", "s2", Cell.OPTIONS),
                        new Event.CopyStarted("m4", 1));
    }

    @Test
    void aRangeOfSeveralTabletsIsJoinedFirst() {
        cell.command(new Command.SplitTablet("hash", slot(0x800)));
        cell.command(new Command.SplitTablet("hash", slot(0x1000)));
        assertThat(cell.command(migrate("s1", "s2", slot(0x400), slot(0x1800))))
                .containsExactly(
                        new Event.TabletSplit("hash", Bytes.EMPTY, slot(0x400)),
                        new Event.TabletSplit("hash", slot(0x1000), slot(0x1800)),
                        new Event.TabletsMerged("hash", slot(0x400), slot(0x800)),
                        new Event.TabletsMerged("hash", slot(0x400), slot(0x1000)),
                        new Event.MigrationPlanned("m6", "hash", slot(0x400), slot(0x1800), "s1", "s2", Cell.OPTIONS),
                        new Event.CopyStarted("m6", 1));
    }

    @Test
    void overlapsAreNamed() {
        String id = cell.start("hash", "s1", "s2", slot(0x800), slot(0x1000));
        assertThat(rejected(migrate("s1", "s2", Bytes.EMPTY, slot(0x801)), Rejection.OVERLAPS_MIGRATION))
                .contains(id);
        cell.bringTo(id, Phase.ROLLBACK_WINDOW);
        rejected(migrate("s2", "s1", slot(0x900), slot(0xa00)), Rejection.OVERLAPS_MIGRATION);
    }

    @Test
    void optionsMakeSense() {
        badOption(o -> new MigrationOptions(1, 1, 0, 1, 1, 1, 1, 1, o.onDivergence()), "max stall of 1 ms");
        badOption(o -> new MigrationOptions(100, -1, 0, 1, 1, 1, 1, 1, o.onDivergence()), "rollback window");
        badOption(o -> new MigrationOptions(100, 1, -1, 1, 1, 1, 1, 1, o.onDivergence()), "rows per second");
        badOption(o -> new MigrationOptions(100, 1, 0, -1, 1, 1, 1, 1, o.onDivergence()), "catch-up lag");
        badOption(o -> new MigrationOptions(100, 1, 0, 1, -1, 1, 1, 1, o.onDivergence()), "stable");
        badOption(o -> new MigrationOptions(100, 1, 0, 1, 1, 0, 1, 1, o.onDivergence()), "dual-write timeout");
        badOption(o -> new MigrationOptions(100, 1, 0, 1, 1, 1, 0, 1, o.onDivergence()), "takeover");
        badOption(o -> new MigrationOptions(100, 1, 0, 1, 1, 1, 1, 0, o.onDivergence()), "attempts");
        badOption(o -> o.withPatience(0, 1, 1), "time to converge of 0 ms");
        badOption(o -> o.withPatience(1, -1, 1), "max dual-write losses of -1");
        badOption(o -> o.withPatience(1, 1, -1), "max deferral of -1 ms");
    }

    private void badOption(UnaryOperator<MigrationOptions> change, String named) {
        Command command = new Command.StartMigration(
                "hash", "s1", "s2", Bytes.EMPTY, slot(1), change.apply(MigrationOptions.DEFAULTS));
        assertThat(rejected(command, Rejection.BAD_OPTION)).contains(named);
    }

    // --- splits and merges ---

    @Test
    void splitsAreInsideATablet() {
        rejected(new Command.SplitTablet("hash", slot(0x2000)), Rejection.SPLIT_AT_BOUND);
        rejected(new Command.SplitTablet("hash", Bytes.EMPTY), Rejection.SPLIT_AT_BOUND);
        rejected(new Command.SplitTablet("hash", Bytes.hex("100000")), Rejection.BOUND_NOT_A_SLOT);
        rejected(new Command.SplitTablet("nope", slot(1)), Rejection.UNKNOWN_KEYSPACE);
    }

    @Test
    void mergesJoinNeighboursOfOneOwner() {
        rejected(new Command.MergeTablets("hash", Bytes.EMPTY), Rejection.FIRST_TABLET);
        rejected(new Command.MergeTablets("hash", slot(0)), Rejection.FIRST_TABLET);
        assertThat(rejected(new Command.MergeTablets("hash", slot(0x1000)), Rejection.UNKNOWN_BOUND))
                .contains("[the start, 0x2000)");
        assertThat(rejected(new Command.MergeTablets("hash", slot(0x2000)), Rejection.DIFFERENT_OWNERS))
                .contains("s1")
                .contains("s2");
        rejected(new Command.MergeTablets("nope", slot(1)), Rejection.UNKNOWN_KEYSPACE);
    }

    @Test
    void boundsOfAMigrationStandStill() { // R8
        cell.command(new Command.SplitTablet("hash", slot(0x400)));
        cell.command(new Command.SplitTablet("hash", slot(0x800)));
        cell.command(new Command.SplitTablet("hash", slot(0xc00)));
        String id = cell.start("hash", "s1", "s2", slot(0x400), slot(0x800));
        assertThat(rejected(new Command.MergeTablets("hash", slot(0x400)), Rejection.TABLET_IN_MIGRATION))
                .contains(id);
        rejected(new Command.MergeTablets("hash", slot(0x800)), Rejection.TABLET_IN_MIGRATION);
        rejected(new Command.SplitTablet("hash", slot(0x600)), Rejection.TABLET_IN_MIGRATION);
        assertThat(cell.command(new Command.MergeTablets("hash", slot(0xc00))))
                .containsExactly(new Event.TabletsMerged("hash", slot(0x800), slot(0xc00)));
        assertThat(cell.command(new Command.SplitTablet("hash", slot(0x200)))).hasSize(1);
    }

    // --- all ---

    @Test
    void everyCommandIsAnsweredOnceUnderItsOffset() {
        long offset = cell.commands;
        cell.command(new Command.SplitTablet("nope", slot(1)));
        assertThat(cell.events.get(cell.events.size() - 1).cause().topic()).isEqualTo("commands");
        assertThat(cell.events.get(cell.events.size() - 1).cause().offset()).isEqualTo(offset);
        assertThat(cell.events.get(cell.events.size() - 1).principal()).isEqualTo("ann");
        cell.commands = offset; // the consumer's offsets were lost: it is read again
        assertThat(cell.command(new Command.SplitTablet("hash", slot(1)))).isEmpty();
    }

    @Test
    void aPreviewDecidesTheSameAndChangesNothing() {
        CommandEnvelope command = new CommandEnvelope("ann", 5, migrate("s1", "s2", Bytes.EMPTY, slot(0x1000)));
        Decision preview = cell.decider.preview(cell.state(), command);
        assertThat(preview).isInstanceOf(Decision.Accepted.class);
        assertThat(((Decision.Accepted) preview).events())
                .containsExactly(
                        new Event.TabletSplit("hash", Bytes.EMPTY, slot(0x1000)),
                        new Event.MigrationPlanned("m4", "hash", Bytes.EMPTY, slot(0x1000), "s1", "s2", Cell.OPTIONS));
        assertThat(cell.decider.preview(
                        cell.state(), new CommandEnvelope("ann", 5, new Command.AbortMigration("m1", ""))))
                .isInstanceOf(Decision.Rejected.class);
    }
}
