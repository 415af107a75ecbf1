package dev.kedge.schemas.avro;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Phase;
import dev.kedge.model.Placement;
import dev.kedge.model.Positions;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.PolicyKind;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.KeyDigest;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.shard.ShardRecord;
import java.util.ArrayList;
import java.util.List;

/** At least one message of every kind, with and without what may be left out. */
final class Samples {
    static final Bytes KEY = Bytes.hex("00ff80");
    static final MigrationOptions OPTIONS = new MigrationOptions(
            7,
            600_000_000_000L,
            -1,
            1_000,
            500,
            1_000,
            2_000,
            2,
            MigrationOptions.OnDivergence.ABORT,
            30,
            40_000,
            6,
            700_000_000_000L);
    private static final List<Command.InitialTablet> TABLETS =
            List.of(new Command.InitialTablet(Bytes.EMPTY, "shard-1"), new Command.InitialTablet(KEY, "shard-2"));
    private static final KeyRange RANGE = new KeyRange(Bytes.hex("1000"), Bytes.hex("2000"));

    private static final List<Event.Figure> FIGURES = List.of(new Event.Figure("shard qps", 12_000.5));

    static final List<Command> COMMANDS = List.of(
            new Command.CreateKeyspace("accounts", Placement.HASH, TABLETS),
            new Command.CreateKeyspace("accounts", Placement.RANGE, List.of()),
            new Command.AddShard("shard-3", "worker-1"),
            new Command.StartMigration("accounts", "shard-1", "shard-2", KEY, Bytes.hex("01"), OPTIONS),
            new Command.StartMigration("accounts", "shard-1", "shard-2", Bytes.EMPTY, null, MigrationOptions.DEFAULTS),
            new Command.SplitTablet("accounts", KEY),
            new Command.MergeTablets("accounts", KEY),
            new Command.AddReadReplica("accounts", KEY, "shard-3", 2_000),
            new Command.RemoveReadReplica("accounts", Bytes.EMPTY, "shard-3"),
            new Command.PauseMigration("m-1"),
            new Command.ResumeMigration("m-1"),
            new Command.AbortMigration("m-1", "changed my mind"),
            new Command.RollbackMigration("m-1", "größer als gedacht ⚓"),
            new Command.FinishMigration("m-1"),
            new Command.SetPolicy(null, Policy.DEFAULTS),
            new Command.SetPolicy("accounts", null),
            new Command.Rebalance(null),
            new Command.Rebalance("accounts"),
            new Command.ApproveProposal("p12"),
            new Command.RejectProposal("p12", "not tonight"),
            new Command.DrainWorker("worker-1", OPTIONS),
            new Command.UndrainWorker("worker-1"));

    static final List<Event> EVENTS = List.of(
            new Event.CommandRejected("RangeNotOwned", "shard-1 does not own it"),
            new Event.CommandHadNoEffect("paused already"),
            new Event.WorkerJoined("worker-1", Long.MAX_VALUE, "127.0.0.1", 7001),
            new Event.KeyspaceCreated("accounts", 1, Placement.HASH, TABLETS),
            new Event.ShardAdded("shard-3", "worker-1", "cell.shard.shard-3.g1"),
            new Event.ShardLogCreated("shard-3", "AAAAAAAAAAAAAAAAAAAAAQ"),
            new Event.ShardAssigned("shard-3", "worker-1", 1, null),
            new Event.ShardAssigned("shard-3", "worker-2", 2, "worker-1 was silent"),
            new Event.WorkerLost("worker-1", Long.MAX_VALUE, 10_000),
            new Event.WorkersSilent(10_000),
            new Event.FailoverDelayed("shard-3", "no worker is left"),
            new Event.WorkerDrainStarted("worker-1", "m17", OPTIONS),
            new Event.WorkerDrained("worker-1"),
            new Event.WorkerUndrained("worker-1"),
            new Event.TabletSplit("accounts", Bytes.EMPTY, KEY),
            new Event.TabletSplit("accounts", Bytes.EMPTY, KEY, "p12"),
            new Event.TabletsMerged("accounts", Bytes.EMPTY, KEY),
            new Event.ReadReplicaAdded("r-9", "accounts", KEY, "shard-3", 2_000),
            new Event.ReadReplicaReady("r-9", 2),
            new Event.ReadReplicaLeaving("r-9", "cooled down"),
            new Event.ReadReplicaRemoved("r-9", 12),
            new Event.MigrationPlanned("m-1", "accounts", KEY, Bytes.hex("01"), "shard-1", "shard-2", OPTIONS),
            new Event.MigrationPlanned("m-1", "accounts", KEY, null, "shard-1", "shard-2", OPTIONS),
            new Event.CopyStarted("m-1", 1),
            new Event.CatchUpStarted("m-1", 12),
            new Event.DualWriteStarted("m-1"),
            new Event.DualWriteLost("m-1", "silent"),
            new Event.ReplicationOutrun("m-1", Event.Remedy.BRAKE_SOURCE, 600_000, 12_000, 9_000, 30_000),
            new Event.VerificationStarted("m-1", 2, List.of(1, 255)),
            new Event.Verified("m-1", 2, 1234, 5, 600, Long.MIN_VALUE),
            new Event.VerificationSkipped("m-1", 2, "the owner is dead"),
            new Event.DivergenceFound("m-1", 2, List.of(3), List.of(new KeyDigest(KEY, -1)), List.of()),
            new Event.RecopyStarted("m-1", 2, "diverged"),
            new Event.CutoverDeferred("m-1", 200_000, 100),
            new Event.CutoverCommitted("m-1", true, 2_000),
            new Event.CutoverVersioned("m-1", 77),
            new Event.SourceFenced("m-1", 77, 1300),
            new Event.CutoverCompleted("m-1", 77, 900, 1300, 2_000, 2_500, 3),
            new Event.RollbackWindowOpened("m-1", 2, ImportBase.KEPT, 900, 1_700_000_000_000L),
            new Event.RollbackStarted("m-1", "slow"),
            new Event.RollbackStopped("m-1", "diverged"),
            new Event.MigrationPaused("m-1"),
            new Event.MigrationResumed("m-1"),
            new Event.CleanupStarted("m-1", "shard-1", Event.CleanupCause.ROLLED_BACK, ""),
            new Event.MigrationCompleted("m-1", 100_000),
            new Event.MigrationAborted("m-1", "asked to"),
            new Event.MigrationRolledBack("m-1", "asked to"),
            new Event.PolicySet("accounts", Policy.DEFAULTS.in(Policy.Mode.AUTO)),
            new Event.PolicySet(null, null),
            made(PolicyKind.LOAD, new Action.SplitAndMove("accounts", KEY, null, Bytes.hex("01"), "s1", "s2", "w2")),
            made(PolicyKind.DISTRIBUTION, new Action.MoveTablet("accounts", KEY, Bytes.hex("01"), "s1", "s2", null)),
            made(PolicyKind.MERGE, new Action.MergeSiblings("accounts", Bytes.EMPTY, KEY, null, "s1", "s2", true)),
            new Event.ProposalApproved("p12"),
            new Event.ProposalRejected("p12", "not tonight"),
            new Event.ProposalExpired("p12", "the load is gone"),
            new Event.ProposalStarted("p12", 1_000_000),
            new Event.ProposalDone("p12"),
            new Event.ProposalFailed("p12", "the migration was aborted"),
            new Event.PolicyRefused(PolicyKind.LOAD, "s1", "accounts", KEY, "HOT_KEY", KEY, "one key", FIGURES),
            new Event.PolicyRefused(PolicyKind.DISTRIBUTION, null, null, null, "SMALL_GAIN", null, "", List.of()),
            new Event.PolicyRefused(PolicyKind.DRAIN, "s1", "accounts", KEY, "NO_DESTINATION", null, "", List.of()),
            new Event.PolicyRefusalLifted(PolicyKind.LOAD, "s1", null, null));

    private static Event.ProposalMade made(PolicyKind kind, Action action) {
        return new Event.ProposalMade(
                "p12",
                kind,
                Policy.Mode.APPROVE,
                action,
                "why",
                FIGURES,
                1_000_000,
                20_000,
                0.5,
                0.1,
                1_700_000_000_000L);
    }

    static final List<Report> REPORTS = List.of(
            new Report.Heartbeat(
                    "worker-1",
                    3,
                    "127.0.0.1",
                    7001,
                    1_700_000_000_000L,
                    List.of(
                            new Report.ShardStatus(
                                    "shard-1",
                                    2,
                                    Report.ShardState.SERVING,
                                    null,
                                    10,
                                    5,
                                    500,
                                    List.of(new Report.TabletLoad("accounts", KEY, 5, 500, 0.5, 1e9))),
                            new Report.ShardStatus("s", 1, Report.ShardState.FAILED, "disk", 0, 0, 0, List.of()))),
            new Report.ShardLoad(
                    "worker-1",
                    3,
                    "shard-1",
                    2,
                    1_700_000_000_000L,
                    10_000,
                    List.of(new Report.TabletUse(
                            "accounts",
                            KEY,
                            5,
                            500,
                            1_000,
                            20,
                            90_000,
                            1_500,
                            new Positions(List.of(new Positions.Weighted(KEY, 1_020))),
                            Positions.NONE,
                            List.of(new Report.HotKey(KEY, 700))))),
            new Report.ReplicaProgress("shard-2", "m-1", 1, 10, 20, 5, 500, true),
            new Report.ReplicaProgress(
                    "shard-2", "m-1", 1, 10, 20, 5, 500, false, 1_700_000_000_000L, 5_000, 2_500, 90),
            new Report.ForegroundLatency("shard-1", "m-1", 1, 12_000, 2_500),
            new Report.DualWriteLost("shard-1", "m-1", 1, "silent"),
            new Report.Digest("shard-1", "m-1", 1, 2, 1234, 5, 600, List.of(0L, -1L), List.of(new KeyDigest(KEY, 9))),
            new Report.Fenced("shard-1", "m-1", 1, 77, 1300),
            new Report.CutoverServed("shard-2", "m-1", 1, 77, 900, 1300, 2_500, 3),
            new Report.EvictionDone("shard-1", "m-1", 1, 1400, 100_000),
            new Report.ReplicationFailed("shard-2", "m-1", 1, "compacted away"),
            new Report.LogReady("shard-3", "cell.shard.shard-3.g1", "AAAAAAAAAAAAAAAAAAAAAQ"),
            new Report.LogFailed("shard-3", "cell.shard.shard-3.g1", "no brokers"));

    static final List<RoutingRecord> ROUTING = List.of(
            new RoutingRecord.KeyspaceRoute("accounts", 1, Placement.HASH),
            new RoutingRecord.WorkerRoute("worker-1", "127.0.0.1", 7001),
            new RoutingRecord.ShardRoute("shard-1", "worker-1", 2, "cell.shard.shard-1.g1", "AAAAAAAAAAAAAAAAAAAAAQ"),
            new RoutingRecord.TabletRoute("accounts", KEY, "shard-1", null),
            new RoutingRecord.TabletRoute(
                    "accounts",
                    KEY,
                    "shard-1",
                    null,
                    List.of(new RoutingRecord.ReadReplicaRoute(
                            "r-9", 2, ReadReplicaState.FOLLOWING, "shard-3", 2_000))),
            new RoutingRecord.TabletRoute(
                    "accounts",
                    Bytes.EMPTY,
                    "shard-1",
                    new RoutingRecord.MigrationRoute(
                            "m-1",
                            1,
                            Phase.VERIFYING,
                            true,
                            "shard-2",
                            ImportBase.FRESH,
                            10,
                            2,
                            List.of(4, 5),
                            false,
                            0,
                            1_000,
                            2_000,
                            20)));

    static final List<ShardRecord> SHARD_RECORDS = List.of(
            new ShardRecord.Change(1, 2, Bytes.utf8("value").array()),
            new ShardRecord.Change(1, Long.MAX_VALUE, new byte[0]),
            new ShardRecord.Change(Long.MIN_VALUE, -1, new byte[10_000]),
            new ShardRecord.Change(1, 2, null),
            new ShardRecord.Import(63, 64, "m-1 ⚓", 1, 8191, Bytes.utf8("value").array()),
            new ShardRecord.Import(-64, -65, "", Integer.MAX_VALUE, 8192, null),
            new ShardRecord.EvictRow(1, 2, 30, "m-1", 1),
            new ShardRecord.Restore(1, 2, Bytes.utf8("value").array()),
            new ShardRecord.Restore(1, 2, null),
            new ShardRecord.Opened(1, 2, 3_000, "worker-1"),
            new ShardRecord.Closed(1, 2),
            new ShardRecord.KeepAlive(1, 2),
            new ShardRecord.Created(1, 2, 1, KeyRange.ALL, 7),
            new ShardRecord.Fence(1, 2, 1, RANGE, 77, "m-1", true, false),
            new ShardRecord.ImportStarted(1, 2, 1, RANGE, 30, "m-1", 1, ImportBase.KEPT, "shard-1", 10),
            new ShardRecord.ImportProgress(1, 2, 1, RANGE, "m-1", 1, 1200, new byte[] {1, 2, 3}),
            new ShardRecord.ImportCompleted(1, 2, 1, RANGE, 77, "m-1", 1, 1300),
            new ShardRecord.Evicted(1, 2, 1, RANGE, 78, "m-1", 1),
            new ShardRecord.Marker(1, 2, 1, RANGE, "m-1", 1, 2, List.of(0, 255)));

    private Samples() {}

    static List<CommandEnvelope> commandEnvelopes() {
        return COMMANDS.stream()
                .map(command -> new CommandEnvelope("alice", 1_700_000_000_000L, command))
                .toList();
    }

    static List<EventEnvelope> eventEnvelopes() {
        List<EventEnvelope> envelopes = new ArrayList<>();
        for (Event event : EVENTS) {
            EventEnvelope.Cause cause = new EventEnvelope.Cause("cell.commands", 5);
            envelopes.add(new EventEnvelope(envelopes.size(), 1_700_000_000_000L, cause, "kedge", event));
        }
        return envelopes;
    }
}
