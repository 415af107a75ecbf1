package dev.kedge.orchestrator.decide;

import static dev.kedge.orchestrator.decide.Cell.slot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Phase;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Shard;
import dev.kedge.orchestrator.model.Worker;
import dev.kedge.orchestrator.policy.KeyLoad;
import dev.kedge.schemas.command.Command;
import dev.kedge.schemas.command.MigrationOptions;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.report.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a cell does by itself. Two workers with a shard each; all keys of keyspace {@code range} are on s1, all of {@code hash} are idle. The
 * transcripts tell what was decided; reports come every ten seconds and are left out.
 */
final class PolicyStoriesTest {
    private static final long GB = 1_000_000_000;

    private final List<String> lines = new ArrayList<>();
    private final Cell cell = new Cell();
    private final KeyLoad keys = new KeyLoad();
    private final List<String> moreWorkers = new ArrayList<>();

    private void begin(Policy.Mode mode) {
        cell.makeReady();
        cell.transcript = line -> {
            if (!line.startsWith("<") && !line.startsWith("+") && !line.contains("@")) {
                lines.add(line.replace(policy(mode).toString(), "policy")
                        .replace(policy(mode).migration().toString(), "options"));
            }
        };
        cell.command(new Command.SetPolicy(null, policy(mode)));
    }

    /** 1,000 requests per second are too many, and everything is quick. */
    private static Policy policy(Policy.Mode mode) {
        return policy(mode, 10_000);
    }

    private static Policy policy(Policy.Mode mode, long evaluationMillis) {
        MigrationOptions d = MigrationOptions.DEFAULTS;
        MigrationOptions noWindow = new MigrationOptions(
                d.maxStallMillis(),
                0,
                d.rowsPerSecond(),
                d.catchUpLagRecords(),
                d.dualWriteStableMillis(),
                d.dualWriteTimeoutMillis(),
                d.takeoverMillis(),
                d.maxAttempts(),
                d.onDivergence());
        return new Policy(
                mode,
                100 * GB,
                1_000,
                5 * GB,
                100,
                0.2,
                GB,
                100,
                evaluationMillis,
                10_000,
                20_000,
                60_000,
                30_000,
                0.2,
                30_000,
                6,
                0.5,
                0.2,
                0.005,
                0.0001,
                200,
                500 * GB,
                1,
                2,
                8,
                16,
                600_000,
                2_000,
                50_000_000,
                noWindow);
    }

    /** Ten seconds in which everybody reports. */
    private void tick() {
        cell.now += 10_000;
        Map<String, List<String>> hosted = new LinkedHashMap<>();
        hosted.put("w1", new ArrayList<>());
        hosted.put("w2", new ArrayList<>());
        moreWorkers.forEach(w -> hosted.put(w, new ArrayList<>()));
        for (Shard shard : cell.state().shards().values()) {
            if (shard instanceof Shard.Assigned a) {
                hosted.get(a.worker()).add(a.name());
            }
        }
        hosted.forEach((worker, shards) -> cell.heartbeat(worker, shards.toArray(new String[0])));
        keys.reports(cell.state(), cell.now, 10_000).forEach(cell::report);
        cell.time(0);
    }

    private void ticks(int count) {
        for (int i = 0; i < count; i++) {
            tick();
        }
    }

    private void manyKeys(double qpsOfEach) {
        for (char c = 'a'; c <= 'z'; c++) {
            keys.put("range", Bytes.utf8(c + "-key"), qpsOfEach, 10_000_000);
        }
    }

    private List<Event> decided(Class<? extends Event> kind) {
        List<Event> found = new ArrayList<>();
        for (EventEnvelope e : cell.events) {
            if (kind.isInstance(e.event())) {
                found.add(e.event());
            }
        }
        return found;
    }

    private Proposal onlyOpen() {
        assertThat(cell.state().steering().open().size()).isEqualTo(1);
        return cell.state().steering().open().values().get(0);
    }

    private String migration() {
        return onlyOpen().migration();
    }

    @Test
    void aHotShardIsSplitAndItsHalfMovedThenMergedBackWhenTheLoadIsGone() {
        begin(Policy.Mode.AUTO);
        manyKeys(60); // 1,560 a second on s1
        ticks(4);
        assertThat(keys.qps(cell.state(), "s1")).isEqualTo(1_560);
        cell.bringTo(migration(), Phase.COMPLETED);
        tick();
        assertThat(keys.qps(cell.state(), "s1")).isEqualTo(780);
        assertThat(keys.qps(cell.state(), "s2")).isEqualTo(780);
        lines.add("-- the load stops");
        keys.clear();
        manyKeys(0.1);
        ticks(11);
        cell.bringTo(migration(), Phase.COMPLETED);
        tick();
        assertThat(cell.state().keyspace("range").tablets().size()).isEqualTo(1);
        ticks(20);
        assertThat(cell.state().steering().open().isEmpty()).isTrue();
        Transcript.check("policy-split-and-merge", lines);
    }

    /** What is not known may be busy, and what looks idle after a restart may only not have been heard of. */
    @Test
    void nothingIsJoinedBeforeTheLoadIsKnownAgain() {
        begin(Policy.Mode.APPROVE);
        cutWhatGoesIdle();
        String id = onlyOpen().id();
        assertThat(onlyOpen().action()).isInstanceOf(Action.MergeSiblings.class);
        cell.restart();
        cell.command(new Command.ApproveProposal(id));
        assertThat(onlyOpen().status()).isInstanceOf(Proposal.Approved.class);
        tick();
        assertThat(onlyOpen().status()).isInstanceOf(Proposal.Running.class);
    }

    /** Right after a restart nobody was heard yet: that is no reason to forget what was approved. */
    @Test
    void whatIsApprovedWaitsUntilItsWorkersAreHeard() {
        begin(Policy.Mode.APPROVE);
        manyKeys(60);
        ticks(4);
        String id = onlyOpen().id();
        cell.restart();
        cell.command(new Command.ApproveProposal(id));
        cell.time(100);
        assertThat(onlyOpen().status()).isInstanceOf(Proposal.Approved.class);
        tick();
        assertThat(onlyOpen().status()).isInstanceOf(Proposal.Running.class);
    }

    @Test
    void aHotKeyIsNamedOnceAndNothingIsSplit() {
        begin(Policy.Mode.APPROVE);
        manyKeys(1);
        keys.put("range", Bytes.utf8("k-hot"), 5_000, 1_000);
        ticks(30);
        assertThat(decided(Event.OfProposal.class)).isEmpty();
        assertThat(decided(Event.TabletSplit.class)).isEmpty();
        List<Event> refusals = decided(Event.PolicyRefused.class);
        assertThat(refusals)
                .filteredOn(e -> ((Event.PolicyRefused) e).code().equals("HOT_KEY"))
                .singleElement()
                .extracting(e -> ((Event.PolicyRefused) e).key())
                .isEqualTo(Bytes.utf8("k-hot"));
        keys.put("range", Bytes.utf8("k-hot"), 1, 1_000);
        ticks(5);
        assertThat(decided(Event.PolicyRefusalLifted.class)).isNotEmpty();
        Transcript.check("policy-hot-key", lines);
    }

    @Test
    void keysThatAreHotInTurnAreNamedOnceEach() {
        begin(Policy.Mode.APPROVE);
        manyKeys(1);
        for (int i = 0; i < 30; i++) {
            keys.put("range", Bytes.utf8("c-hot"), i % 2 == 0 ? 5_000 : 1, 1_000);
            keys.put("range", Bytes.utf8("p-hot"), i % 2 == 0 ? 1 : 5_000, 1_000);
            tick();
        }
        assertThat(decided(Event.PolicyRefused.class))
                .filteredOn(e -> ((Event.PolicyRefused) e).code().equals("HOT_KEY"))
                .extracting(e -> ((Event.PolicyRefused) e).key())
                .containsExactlyInAnyOrder(Bytes.utf8("c-hot"), Bytes.utf8("p-hot"));
    }

    @Test
    void aHotKeysReadsAreServedByAReplica() {
        begin(Policy.Mode.AUTO);
        manyKeys(1);
        keys.put("range", Bytes.utf8("k-hot"), 5_000, 1_000);
        ticks(10);
        assertThat(decided(Event.ReadReplicaAdded.class))
                .singleElement()
                .isInstanceOfSatisfying(Event.ReadReplicaAdded.class, e -> {
                    assertThat(e.shard()).isEqualTo("s2");
                    assertThat(e.keyspace()).isEqualTo("range");
                });
        assertThat(decided(Event.TabletSplit.class)).isEmpty();
        lines.add("-- the replica serves nearly all of it");
        keys.put("range", Bytes.utf8("k-hot"), 100, 1_000);
        keys.followed.put("s2", 4_900.0);
        ticks(20);
        assertThat(decided(Event.ReadReplicaLeaving.class)).isEmpty();
        lines.add("-- nobody asks for it any more");
        keys.followed.clear();
        ticks(10);
        assertThat(decided(Event.ReadReplicaLeaving.class)).hasSize(1);
        ticks(20);
        assertThat(decided(Event.ReadReplicaAdded.class)).hasSize(1);
        Transcript.check("policy-hot-key-replica", lines);
    }

    @Test
    void nothingMovesUntilSomebodyApproves() {
        begin(Policy.Mode.APPROVE);
        manyKeys(100);
        ticks(20);
        Proposal first = onlyOpen();
        assertThat(cell.state().migrations().isEmpty()).isTrue();
        cell.command(new Command.RejectProposal(first.id(), "not before the weekend"));
        ticks(20);
        assertThat(cell.state().steering().open().isEmpty()).isTrue(); // it is not asked again at once
        ticks(60);
        Proposal second = onlyOpen();
        cell.command(new Command.ApproveProposal(second.id()));
        cell.bringTo(second.migration(), Phase.COMPLETED);
        tick();
        assertThat(keys.qps(cell.state(), "s2")).isEqualTo(1_300);
        Transcript.check("policy-approve", lines);
    }

    /** What is only proposed for a tablet does not keep it on a worker that it must leave. */
    @Test
    void aDrainComesBeforeASplitThatIsOnlyProposed() {
        begin(Policy.Mode.APPROVE);
        manyKeys(100);
        ticks(20);
        assertThat(onlyOpen().action()).isInstanceOf(Action.SplitAndMove.class);
        assertLeavesAllTheSame();
    }

    @Test
    void aDrainComesBeforeAMoveThatIsOnlyProposed() {
        begin(Policy.Mode.APPROVE);
        cell.command(new Command.SplitTablet("range", Bytes.utf8("m")));
        manyKeys(30);
        ticks(20);
        assertThat(onlyOpen().action()).isInstanceOf(Action.MoveTablet.class);
        assertLeavesAllTheSame();
    }

    private void assertLeavesAllTheSame() {
        cell.command(new Command.DrainWorker("w1", policy(Policy.Mode.APPROVE).migration()));
        ticks(2);
        assertThat(decided(Event.ProposalExpired.class))
                .singleElement()
                .isInstanceOfSatisfying(
                        Event.ProposalExpired.class, e -> assertThat(e.reason()).contains("is being drained"));
        for (int i = 0; i < 3; i++) {
            cell.state().migrations().keys().forEach(id -> cell.bringTo(id, Phase.COMPLETED));
            ticks(2);
        }
        assertThat(cell.state().worker("w1"))
                .isNotNull()
                .extracting(Worker::service)
                .isEqualTo(new Worker.Drained());
    }

    /** A split that has begun and waits for its new shard is carried out; what it leaves behind goes after it. */
    @Test
    void aDrainLeavesASplitAloneThatIsCarriedOut() {
        moreWorkers.add("w3");
        begin(Policy.Mode.AUTO);
        manyKeys(100);
        for (int i = 0; i < 4; i++) {
            keys.put("hash", slot(0x2000 + i).concat(Bytes.utf8("x")), 200, GB);
        }
        ticks(8); // w3 has no shard: one is to be made there
        assertThat(onlyOpen().action()).isInstanceOf(Action.SplitAndMove.class);
        assertThat(onlyOpen().status()).isInstanceOf(Proposal.Running.class);
        assertThat(cell.state().migrations().isEmpty())
                .as("it waits for its shard")
                .isTrue();
        cell.command(new Command.DrainWorker("w1", policy(Policy.Mode.AUTO).migration()));
        ticks(2);
        assertThat(decided(Event.MigrationPlanned.class))
                .as("the other tablet of s1")
                .singleElement()
                .isInstanceOfSatisfying(
                        Event.MigrationPlanned.class,
                        e -> assertThat(e.keyspace()).isEqualTo("hash"));
    }

    /** Evaluated is every five minutes, and every ten seconds while anything moves: what moves may be what the next waits for. */
    @Test
    void oneMoveFollowsTheOther() {
        begin(Policy.Mode.AUTO);
        cell.command(new Command.SetPolicy(null, policy(Policy.Mode.AUTO, 300_000)));
        for (char c = 'b'; c < 'j'; c++) {
            cell.command(new Command.SplitTablet("range", Bytes.utf8("" + c)));
        }
        manyKeys(0.1); // so little that numbers of tablets are evened out
        for (int i = 0; i < 40 && decided(Event.MigrationPlanned.class).isEmpty(); i++) {
            tick();
        }
        for (int moved = 1; moved < 4; moved++) {
            assertThat(decided(Event.MigrationPlanned.class))
                    .as("one at a time of a shard")
                    .hasSize(moved);
            tick();
            assertThat(decided(Event.MigrationPlanned.class)).hasSize(moved);
            cell.bringTo(migration(), Phase.COMPLETED);
            tick();
        }
    }

    /** What is too busy is cut, and a part moved; then the load is gone, and joining the parts is proposed. */
    private void cutWhatGoesIdle() {
        manyKeys(60);
        ticks(4);
        cell.command(new Command.ApproveProposal(onlyOpen().id()));
        cell.bringTo(migration(), Phase.COMPLETED);
        tick();
        keys.clear();
        manyKeys(0.1);
        ticks(11);
    }

    /** The same with a third shard, which has nothing to do with it. */
    private Action.MergeSiblings proposeMerge() {
        moreWorkers.add("w3");
        begin(Policy.Mode.APPROVE);
        cell.heartbeat("w3");
        cell.command(new Command.AddShard("s3", "w3"));
        cell.report(new Report.LogReady("s3", "test.shard.s3.g1", "id-s3"));
        cutWhatGoesIdle();
        return (Action.MergeSiblings) onlyOpen().action();
    }

    /** Only one of the two is in the merge's migration; the other is free to be moved by somebody else. */
    @Test
    void aMergeFailsWhenTheOtherTabletIsMovedAwayMeanwhile() {
        Action.MergeSiblings merge = proposeMerge();
        String id = onlyOpen().id();
        cell.command(new Command.ApproveProposal(id));
        String migration = migration();
        String other = Stream.of("s1", "s2", "s3")
                .filter(s -> !s.equals(merge.leftShard()) && !s.equals(merge.rightShard()))
                .findFirst()
                .orElseThrow();
        cell.command(new Command.StartMigration(
                "range",
                merge.moveRight() ? merge.leftShard() : merge.rightShard(),
                other,
                merge.moveRight() ? merge.start() : merge.at(),
                merge.moveRight() ? merge.at() : merge.end(),
                policy(Policy.Mode.AUTO).migration()));
        for (String each : cell.state().migrations().keys()) {
            cell.bringTo(each, Phase.COMPLETED);
        }
        assertThat(cell.state().migration(migration)).isNotNull();
        tick();
        assertThat(cell.state().steering().proposal(id).status())
                .isInstanceOfSatisfying(
                        Proposal.Failed.class,
                        failed -> assertThat(failed.reason()).contains("moved elsewhere"));
    }

    @Test
    void aMergeTowardsAWorkerThatIsDrainedExpires() {
        Action.MergeSiblings merge = proposeMerge();
        String id = onlyOpen().id();
        Shard to = cell.state().shard(merge.moveRight() ? merge.leftShard() : merge.rightShard());
        assertThat(to).isNotNull();
        cell.command(
                new Command.DrainWorker(to.worker(), policy(Policy.Mode.AUTO).migration()));
        cell.command(new Command.ApproveProposal(id));
        assertThat(cell.state().steering().proposal(id).status())
                .isInstanceOfSatisfying(
                        Proposal.Expired.class,
                        expired -> assertThat(expired.reason()).contains("drained"));
    }

    /** R8: what was proposed before somebody else had plans with the tablet is looked at again. */
    @Test
    void whatDoesNotFitAnyMoreExpires() {
        begin(Policy.Mode.APPROVE);
        manyKeys(100);
        ticks(4);
        String withReplica = onlyOpen().id();
        cell.command(new Command.AddReadReplica("range", Bytes.EMPTY, "s2", 2_000));
        cell.command(new Command.ApproveProposal(withReplica));
        assertThat(cell.state().steering().proposal(withReplica).status()).isInstanceOf(Proposal.Expired.class);
        assertThat(decided(Event.TabletSplit.class)).isEmpty();
    }

    @Test
    void adviceIsRecordedAndExpiresWithItsReason() {
        begin(Policy.Mode.ADVISE);
        manyKeys(100);
        ticks(10);
        String id = onlyOpen().id();
        assertThat(cell.command(new Command.ApproveProposal(id)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Event.CommandRejected.class, e -> assertThat(e.code()).isEqualTo("NOT_APPROVABLE"));
        keys.clear();
        manyKeys(10);
        ticks(5);
        assertThat(cell.state().steering().open().containsKey(id)).isFalse();
        assertThat(cell.state().migrations().isEmpty()).isTrue();
        Transcript.check("policy-advise", lines);
    }

    @Test
    void anUndertakingOutlivesTheControlPlaneInEveryStep() {
        moreWorkers.add("w3");
        begin(Policy.Mode.AUTO);
        cell.command(new Command.SplitTablet("range", Bytes.utf8("g")));
        cell.command(new Command.SplitTablet("range", Bytes.utf8("m")));
        cell.command(new Command.SplitTablet("range", Bytes.utf8("t")));
        for (String tablet : List.of("b", "h", "n", "u")) {
            keys.put("range", Bytes.utf8(tablet), 200, GB);
        }
        for (int i = 0; i < 4; i++) {
            keys.put("hash", slot(0x2000 + i).concat(Bytes.utf8("x")), 200, GB);
        }
        ticks(7); // w3 has no shard: one is to be made there
        Proposal proposal = onlyOpen();
        assertThat(proposal.status()).isInstanceOf(Proposal.Running.class);
        assertThat(cell.state().shard("w3-s1")).isInstanceOf(Shard.Requested.class);
        cell.restart();
        ticks(2);
        cell.report(new Report.LogReady("w3-s1", "test.shard.w3-s1.g1", "id-w3-s1"));
        cell.restart();
        tick();
        String id = proposal.migration();
        for (Phase phase : List.of(
                Phase.COPYING,
                Phase.CATCHING_UP,
                Phase.DUAL_WRITE,
                Phase.VERIFYING,
                Phase.CUTOVER,
                Phase.CLEANUP,
                Phase.COMPLETED)) {
            cell.bringTo(id, phase);
            cell.restart();
        }
        cell.time(100);
        assertThat(cell.state().steering().proposal(proposal.id()).status()).isInstanceOf(Proposal.Done.class);
        Transcript.check("policy-restarts", lines);
    }

    @Test
    void whatFailsIsLeftAloneForAWhile() {
        begin(Policy.Mode.AUTO);
        manyKeys(100);
        ticks(4);
        String id = migration();
        cell.command(new Command.AbortMigration(id, "changed my mind"));
        cell.evicted(id);
        ticks(2);
        assertThat(decided(Event.ProposalFailed.class)).hasSize(1);
        assertThat(cell.state().steering().open().isEmpty()).isTrue();
        assertThat(decided(Event.ProposalMade.class)).hasSize(1);
        ticks(5);
        assertThat(decided(Event.ProposalMade.class).size()).isGreaterThan(1); // and tried again then
        Transcript.check("policy-failure", lines);
    }

    /** A destination that is never ready must not hold the limits for ever. */
    @Test
    void whatCanNotBeginInTimeIsGivenUp() {
        begin(Policy.Mode.AUTO);
        manyKeys(100);
        tick();
        cell.heartbeat("w2"); // s2 does not serve any more
        cell.now += 10_000;
        keys.reports(cell.state(), cell.now, 10_000).forEach(cell::report);
        cell.heartbeat("w1", "s1");
        cell.heartbeat("w2");
        cell.time(0);
        String id = migration();
        assertThat(cell.phase(id)).isEqualTo(Phase.PLANNED);
        cell.time(policy(Policy.Mode.AUTO).proposalMillis());
        assertThat(cell.phase(id)).isEqualTo(Phase.ABORTED);
        assertThat(decided(Event.ProposalFailed.class)).hasSize(1);
        Transcript.check("policy-never-ready", lines);
    }

    @Test
    void anOperatorEvensOutNow() {
        begin(Policy.Mode.APPROVE);
        assertThat(cell.command(new Command.Rebalance(null)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Event.CommandRejected.class, e -> assertThat(e.code()).isEqualTo("LOAD_UNKNOWN"));
        cell.command(new Command.SplitTablet("range", Bytes.utf8("m")));
        manyKeys(30);
        ticks(5);
        cell.command(new Command.Rebalance("hash"));
        cell.command(new Command.Rebalance("range"));
        cell.bringTo(migration(), Phase.COMPLETED);
        tick();
        assertThat(keys.qps(cell.state(), "s2")).isBetween(300.0, 480.0);
        cell.command(new Command.Rebalance(null));
        Transcript.check("policy-rebalance", lines);
    }

    @Test
    void policiesAreCheckedAndSetPerKeyspace() {
        cell.makeReady();
        cell.transcript = lines::add;
        Policy d = Policy.DEFAULTS;
        cell.command(new Command.SetPolicy("nowhere", d));
        cell.command(new Command.SetPolicy("range", d.in(Policy.Mode.AUTO)));
        cell.command(new Command.SetPolicy("range", d.in(Policy.Mode.AUTO)));
        assertThat(cell.state().steering().policy("range").mode()).isEqualTo(Policy.Mode.AUTO);
        assertThat(cell.state().steering().policy("hash")).isEqualTo(d);
        cell.command(new Command.SetPolicy("range", null));
        assertThat(cell.state().steering().policy("range")).isEqualTo(d);
        cell.command(new Command.SetPolicy(null, d.in(Policy.Mode.ADVISE)));
        assertThat(cell.state().steering().policy("hash").mode()).isEqualTo(Policy.Mode.ADVISE);
        Transcript.check(
                "policy-set",
                lines.stream()
                        .map(l -> l.replace(d.toString(), "defaults")
                                .replace(d.in(Policy.Mode.AUTO).toString(), "auto")
                                .replace(d.in(Policy.Mode.ADVISE).toString(), "advise"))
                        .toList());
    }
}
