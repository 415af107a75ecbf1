package dev.kedge.orchestrator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.model.Proposal;
import dev.kedge.orchestrator.model.Steering;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.PolicyKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Single verdicts, each with what it came from. */
final class PlannerTest {
    private static final long GB = 1_000_000_000;

    private final ModelCell cell = ModelCell.of(3, 1);

    private void range(double qps, long bytes) {
        cell.keyspace("k", Placement.RANGE, Bytes.EMPTY, "s1");
        for (char c = 'a'; c <= 'z'; c++) {
            cell.key("k", Bytes.utf8("" + c), qps / 26, bytes / 26);
        }
    }

    private Verdict.Refused refusal(PolicyKind kind) {
        return cell.plan().refused().stream()
                .filter(r -> r.policy() == kind)
                .findFirst()
                .orElseThrow();
    }

    private Action action(PolicyKind kind) {
        return cell.plan().wanted().stream()
                .filter(w -> w.policy() == kind)
                .findFirst()
                .orElseThrow()
                .action();
    }

    @Test
    void anIdleEmptyCellWantsNothing() {
        cell.keyspace("k", Placement.RANGE, Bytes.EMPTY, "s1");
        cell.report(30);
        assertThat(cell.plan().wanted()).isEmpty();
        assertThat(cell.plan().refused()).isEmpty();
    }

    @Test
    void whatIsTooLargeIsCutAtTheMedianOfItsData() {
        range(10, 120 * GB);
        cell.report(2);
        assertThat(action(PolicyKind.SIZE))
                .isEqualTo(new Action.SplitAndMove("k", Bytes.EMPTY, null, Bytes.utf8("n"), "s1", "s2", null));
        Verdict.Wanted wanted = cell.plan().wanted().get(0);
        assertThat(wanted.bytes()).isBetween(59 * GB, 61 * GB);
        assertThat(wanted.etaMillis()).isBetween(1_180_000L, 1_221_000L); // at 50 MB a second
        assertThat(wanted.reason()).contains("shard s1 holds 120.00 GB, more than 100.00");
        assertThat(wanted.after()).isLessThan(wanted.before());
    }

    @Test
    void itGoesToTheEmptiestWorkerOrToANewShard() {
        range(10, 120 * GB);
        cell.keyspace("other", Placement.RANGE, Bytes.EMPTY, "s2");
        cell.key("other", Bytes.utf8("x"), 1, 10 * GB);
        cell.report(2);
        assertThat(((Action.SplitAndMove) action(PolicyKind.SIZE)).to()).isEqualTo("s3");
        cell.workers.remove("w3"); // w3 dies: s2 is next, but has no room
        cell.key("other", Bytes.utf8("x"), 1, 70 * GB);
        cell.report(2);
        Action.SplitAndMove split = (Action.SplitAndMove) action(PolicyKind.SIZE);
        assertThat(split.to()).isEqualTo("w2-s1");
        assertThat(split.worker()).isEqualTo("w2");
        cell.workers.remove("w2");
        assertThat(refusal(PolicyKind.SIZE).code()).isEqualTo(RefusalCode.NO_DESTINATION);
    }

    @Test
    void aShardIsRelievedOfAWholeTabletThatHasAboutHalf() {
        range(0, 0);
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        cell.key("k", Bytes.utf8("a"), 6_000, GB);
        cell.key("k", Bytes.utf8("x"), 5_500, GB);
        cell.report(100);
        assertThat(action(PolicyKind.LOAD))
                .isEqualTo(new Action.MoveTablet("k", Bytes.EMPTY, Bytes.utf8("m"), "s1", "s2", null));
    }

    @Test
    void theShardMostBeyondItsBoundIsRelievedFirst() {
        cell.policy = Tuned.of(cell.policy).limits(8, 8, 1, 500 * GB).policy();
        cell.keyspace("k", Placement.RANGE, Bytes.EMPTY, "s1", Bytes.utf8("m"), "s2");
        for (char c = 'a'; c <= 'z'; c++) {
            cell.key("k", Bytes.utf8("" + c), c < 'm' ? 1_000 : 2_000, GB);
        }
        cell.report(30);
        assertThat(cell.plan().wanted())
                .singleElement()
                .extracting(Verdict.Wanted::action)
                .isInstanceOfSatisfying(
                        Action.SplitAndMove.class, a -> assertThat(a.from()).isEqualTo("s2"));
        assertThat(refusal(PolicyKind.LOAD)).matches(r -> r.code() == RefusalCode.LIMIT && "s1".equals(r.shard()));
    }

    /** A heartbeat may be late; who is gone is declared lost. */
    @Test
    void aProposalOutlivesTheSilenceOfItsDestinationAndNotItsLoss() {
        range(20_000, GB);
        cell.report(30);
        Verdict.Wanted wanted = cell.plan().wanted().get(0);
        assertThat(wanted.action().toString()).contains("to=s2");
        String id = cell.propose(wanted, Policy.Mode.APPROVE);
        cell.workers.remove("w2");
        assertThat(cell.plan().expired()).isEmpty();
        cell.emit(new Event.WorkerLost("w2", 1, 60_000));
        assertThat(cell.plan().expired())
                .hasEntrySatisfying(id, why -> assertThat(why).contains("lost"));
    }

    /** The two will be one: that their shard has one more in between is no reason to move another. */
    @Test
    void tabletsToBeJoinedCountAsOne() {
        ModelCell two = ModelCell.of(2, 1);
        two.policy = Tuned.of(two.policy)
                .window(120_000)
                .cooldown(10_000)
                .limits(8, 8, 8, 500 * GB)
                .policy();
        two.keyspace("k", Placement.RANGE, Bytes.EMPTY, "s1");
        two.keyspace("x", Placement.RANGE, Bytes.EMPTY, "s1");
        two.keyspace("y", Placement.RANGE, Bytes.EMPTY, "s2");
        two.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m"), "p1"));
        two.key("k", Bytes.utf8("a"), 1, 1_000_000);
        two.execute(new Verdict.Wanted(
                PolicyKind.LOAD,
                new Action.MoveTablet("k", Bytes.utf8("m"), null, "s1", "s2", null),
                "",
                List.of(),
                0,
                0,
                0,
                0));
        two.report(30);
        assertThat(two.plan().wanted()).extracting(Verdict.Wanted::policy).containsExactly(PolicyKind.MERGE);
    }

    @Test
    void aLoadThatIsGoneIsNoReasonToSplit() {
        range(20_000, GB);
        cell.report(10);
        assertThat(action(PolicyKind.LOAD)).isInstanceOf(Action.SplitAndMove.class);
        cell.keys.clear();
        cell.report(1); // the mean is still high
        assertThat(cell.load.of("k", Bytes.EMPTY).qps()).isGreaterThan(10_000);
        assertThat(cell.plan().wanted()).noneMatch(w -> w.policy() == PolicyKind.LOAD);
    }

    @Test
    void nothingIsDoneWhileItsMetricsAreMissing() {
        range(20_000, GB);
        cell.report(10);
        cell.keys.silent.add("s1");
        cell.report(10);
        assertThat(refusal(PolicyKind.LOAD).code()).isEqualTo(RefusalCode.METRICS_MISSING);
        assertThat(refusal(PolicyKind.DISTRIBUTION).code()).isEqualTo(RefusalCode.METRICS_MISSING);
        assertThat(cell.plan().wanted()).isEmpty();
    }

    @Test
    void aTabletInMigrationStandsStill() {
        range(20_000, GB);
        cell.emit(new Event.MigrationPlanned("m1", "k", Bytes.EMPTY, null, "s1", "s2", cell.policy.migration()));
        cell.report(10);
        assertThat(refusal(PolicyKind.LOAD).code()).isEqualTo(RefusalCode.TABLET_IN_MIGRATION); // R8
        assertThat(refusal(PolicyKind.LOAD).shard()).isEqualTo("s2"); // where it will be
        assertThat(cell.plan().wanted()).isEmpty();
    }

    @Test
    void onlyWhatAPolicyCutIsJoinedAndOnlyAfterAQuietWindow() {
        cell.policy = Tuned.of(cell.policy).window(120_000).cooldown(10_000).policy();
        range(1, GB);
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("g"))); // an operator's
        cell.emit(new Event.TabletSplit("k", Bytes.utf8("g"), Bytes.utf8("m"), "p1"));
        cell.report(5);
        assertThat(refusal(PolicyKind.MERGE).code()).isEqualTo(RefusalCode.METRICS_MISSING); // not all of the window
        cell.report(10);
        assertThat(action(PolicyKind.MERGE))
                .isEqualTo(new Action.MergeSiblings("k", Bytes.utf8("g"), Bytes.utf8("m"), null, "s1", "s1", false));
        assertThat(cell.plan().wanted().get(0).bytes()).isZero(); // both are on s1: nothing moves
        cell.execute(cell.plan());
        cell.report(30);
        assertThat(cell.state.keyspace("k").tablets().size()).isEqualTo(2);
        assertThat(cell.plan().wanted()).isEmpty();
    }

    @Test
    void aBurstWithinTheWindowKeepsTabletsApart() {
        cell.policy = Tuned.of(cell.policy).window(120_000).cooldown(10_000).policy();
        range(1, GB);
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m"), "p1"));
        cell.report(15);
        assertThat(action(PolicyKind.MERGE)).isInstanceOf(Action.MergeSiblings.class);
        cell.key("k", Bytes.utf8("a"), 3_000, 1);
        cell.report(1);
        cell.key("k", Bytes.utf8("a"), 0, 1);
        cell.report(5);
        assertThat(cell.plan().wanted()).noneMatch(w -> w.policy() == PolicyKind.MERGE);
    }

    @Test
    void whatMovedIsNotMovedBackForALittle() {
        cell.keyspace("k", Placement.HASH, Bytes.EMPTY, "s1", Slots.bound(0x1000), "s1", Slots.bound(0x2000), "s2");
        for (int slot : new int[] {1, 0x1001, 0x2001}) {
            cell.key("k", Slots.bound(slot).concat(Bytes.utf8("x")), 500, GB);
        }
        cell.workers.remove("w3");
        cell.report(100);
        cell.migrate("k", new KeyRange(Bytes.EMPTY, Slots.bound(0x1000)), "s1", "s2"); // an operator's
        cell.key("k", Slots.bound(0x1001).concat(Bytes.utf8("x")), 200, GB);
        cell.report(70); // the cooldown is over; moving it back would help a little
        assertThat(cell.plan().wanted())
                .noneMatch(w -> w.action() instanceof Action.MoveTablet m
                        && m.start().equals(Bytes.EMPTY)
                        && m.to().equals("s1"));
    }

    /** Two small neighbours that a policy cut, the left one on s1 and the right one on s2, neither of which may be taken back. */
    private void cutAndMoved() {
        cell.policy = Tuned.of(cell.policy).window(120_000).cooldown(60_000).policy();
        range(1, 0);
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m"), "p1"));
        cell.key("k", Bytes.utf8("a"), 1, 3_000_000);
        cell.key("k", Bytes.utf8("x"), 1, 2_000_000);
    }

    @Test
    void aMergeRemembersMoreThanTheLastShard() {
        cutAndMoved();
        cell.migrate("k", new KeyRange(Bytes.utf8("m"), null), "s1", "s2");
        cell.migrate("k", new KeyRange(Bytes.utf8("m"), null), "s2", "s3");
        cell.report(20); // the window is over, six cooldowns are not
        assertThat(action(PolicyKind.MERGE))
                .as("the smaller one left s1: the other goes to it")
                .isEqualTo(join(false, "s3"));
        cell.migrate("k", new KeyRange(Bytes.EMPTY, Bytes.utf8("m")), "s1", "s3");
        cell.migrate("k", new KeyRange(Bytes.EMPTY, Bytes.utf8("m")), "s3", "s1");
        cell.report(15);
        assertThat(refusal(PolicyKind.MERGE).code())
                .as("each left the other's shard")
                .isEqualTo(RefusalCode.NO_DESTINATION);
        cell.report(25);
        assertThat(action(PolicyKind.MERGE)).as("long ago").isEqualTo(join(true, "s3"));
    }

    private static Action join(boolean moveRight, String right) {
        return new Action.MergeSiblings("k", Bytes.EMPTY, Bytes.utf8("m"), null, "s1", right, moveRight);
    }

    @Test
    void whatIsJoinedWasWhereverItsPartsWere() {
        cutAndMoved();
        cell.migrate("k", new KeyRange(Bytes.utf8("m"), null), "s1", "s2");
        cell.migrate("k", new KeyRange(Bytes.utf8("m"), null), "s2", "s3");
        cell.migrate("k", new KeyRange(Bytes.EMPTY, Bytes.utf8("m")), "s1", "s3");
        cell.emit(new Event.TabletsMerged("k", Bytes.EMPTY, Bytes.utf8("m")));
        Layout layout = Layout.of(cell.situation());
        Piece piece = layout.find("k", new KeyRange(Bytes.EMPTY, null));
        Rest rest = new Rest(cell.situation());
        assertThat(rest.isReturn(piece, layout.seat("s1"), 0)).isTrue();
        assertThat(rest.isReturn(piece, layout.seat("s2"), 0)).isTrue();
        assertThat(rest.isReturn(piece, layout.seat("s2"), 0.5)).as("worth it").isFalse();
        assertThat(rest.isReturn(piece, layout.seat("s3"), 0)).isFalse();
    }

    /** Limits let nothing begin, then something, then nothing: the need is the same all the time. */
    @Test
    void aNeedLastsUntilItIsMetWhateverIsSaidOfIt() {
        cell.keyspace("k", Placement.HASH, Bytes.EMPTY, "s1", Slots.bound(1), "s1", Slots.bound(2), "s1");
        for (int slot : new int[] {0, 1, 2}) {
            cell.key("k", Slots.bound(slot).concat(Bytes.utf8("x")), 500, GB);
        }
        cell.report(100);
        Steering.Subject all = Steering.Subject.of(PolicyKind.DISTRIBUTION, null, null, null);
        cell.policy = Tuned.of(cell.policy).limits(0, 2, 8, 500 * GB).policy();
        assertThat(refusal(PolicyKind.DISTRIBUTION).code()).isEqualTo(RefusalCode.LIMIT);
        assertThat(cell.plan().needs()).contains(all);
        cell.policy = Tuned.of(cell.policy).limits(8, 8, 8, 500 * GB).policy();
        assertThat(cell.plan().refused()).isEmpty();
        assertThat(cell.plan().needs()).contains(all);
        cell.execute(cell.plan());
        cell.report(100);
        assertThat(cell.plan().needs()).isEmpty();
    }

    @Test
    void limitsAndBudgetHoldBackWhatAutoDoes() {
        cell.policy = Tuned.of(cell.policy).limits(1, 1, 1, 500 * GB).policy();
        Object[] owners = new Object[60];
        for (int i = 0; i < 30; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i * 500);
            owners[2 * i + 1] = "s1";
        }
        cell.keyspace("k", Placement.HASH, owners);
        for (int i = 0; i < 30; i++) {
            cell.key("k", Slots.bound(i * 500).concat(Bytes.utf8("x")), 100, GB);
        }
        cell.report(3);
        assertThat(cell.plan().later()).isEmpty();
        Findings findings = Planner.foresee(cell.situation());
        assertThat(findings.wanted()).hasSize(1);
        assertThat(findings.later()).hasSizeGreaterThan(10);
        assertThat(findings.imbalanceAtLast()).isLessThan(0.2);
        cell.policy = Tuned.of(cell.policy).limits(100, 100, 100, 3 * GB).policy();
        assertThat(cell.plan().wanted()).hasSize(3); // 1 GB each
        cell.execute(cell.plan());
        cell.report(1);
        assertThat(refusal(PolicyKind.DISTRIBUTION).code()).isEqualTo(RefusalCode.CHURN_BUDGET);
    }

    @Test
    void siblingsOnTwoShardsAreJoinedWhereTheLargerIs() {
        cell.policy = Tuned.of(cell.policy).window(120_000).cooldown(10_000).policy();
        range(1, 0);
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m"), "p1"));
        cell.key("k", Bytes.utf8("a"), 1, 1_000_000);
        cell.key("k", Bytes.utf8("x"), 1, 2_000_000);
        cell.migrate("k", new KeyRange(Bytes.utf8("m"), null), "s1", "s2");
        cell.report(20);
        assertThat(action(PolicyKind.MERGE))
                .isEqualTo(new Action.MergeSiblings("k", Bytes.EMPTY, Bytes.utf8("m"), null, "s1", "s2", false));
        assertThat(cell.plan().wanted().get(0).bytes()).isEqualTo(1_000_000);
        cell.execute(cell.plan());
        assertThat(cell.state.keyspace("k").tablets().size()).isEqualTo(1);
        assertThat(cell.state.keyspace("k").tabletAt(Bytes.EMPTY).tablet().shard())
                .isEqualTo("s2");
    }

    @Test
    void aReplicaThatAPolicyAddedGoesWhenItsReasonIsGone() {
        cell.policy = Tuned.of(cell.policy)
                .window(120_000)
                .max(0, 1_000)
                .merge(0, 100)
                .policy();
        cell.emit(new Event.PolicySet(null, cell.policy)); // how long reports are remembered
        range(400, GB);
        cell.emit(new Event.ReadReplicaAdded("rp9", "k", Bytes.EMPTY, "s2", 2_000));
        cell.emit(new Event.ReadReplicaAdded("r7", "k", Bytes.EMPTY, "s3", 2_000)); // an operator's
        cell.keys.followed.put("s2", 900.0);
        cell.report(30);
        assertThat(cell.plan().retired()).as("what it serves counts").isEmpty();
        Steering.Subject need = Steering.Subject.of(PolicyKind.LOAD, "s1", null, null);
        assertThat(cell.plan().needs()).contains(need);
        cell.keys.followed.put("s2", 100.0);
        cell.report(5);
        assertThat(cell.plan().retired()).as("not all through the window").isEmpty();
        cell.report(12);
        assertThat(cell.plan().retired()).containsOnlyKeys("rp9");
        assertThat(cell.plan().needs()).doesNotContain(need);
        cell.keys.silent.add("s2");
        cell.report(10);
        assertThat(cell.plan().retired()).as("what it serves is not known").isEmpty();
        cell.keys.silent.clear();
        cell.report(5);
        assertThat(cell.plan().retired()).as("not for all of the window").isEmpty();
        assertThat(cell.load.of("k", Bytes.EMPTY).qps())
                .as("the owner's is its own")
                .isBetween(390.0, 410.0);
    }

    /** Two hot tablets of s1 below a bound of 10,000, with a read replica each; twelve times a report is the window. */
    private void twoTabletsWithReplicas(double secondQps) {
        cell.policy = Tuned.of(cell.policy)
                .window(120_000)
                .max(0, 10_000)
                .merge(0, 100)
                .policy();
        cell.emit(new Event.PolicySet(null, cell.policy)); // how long reports are remembered
        cell.keyspace("k", Placement.HASH, Bytes.EMPTY, "s1", Slots.bound(1), "s1");
        cell.key("k", Slots.bound(0).concat(Bytes.utf8("x")), 1_000, GB);
        cell.key("k", Slots.bound(1).concat(Bytes.utf8("x")), secondQps, GB);
        cell.emit(new Event.ReadReplicaAdded("rp2", "k", Bytes.EMPTY, "s2", 2_000));
        cell.emit(new Event.ReadReplicaAdded("rp1", "k", Slots.bound(1), "s3", 2_000));
    }

    /** Without one of them the shard could still serve, without both it could not. */
    @Test
    void noReplicaGoesWhileItsShardCouldNotServeWhatAllOfThemDo() {
        twoTabletsWithReplicas(1_000);
        cell.keys.followed.put("s2", 5_000.0);
        cell.keys.followed.put("s3", 5_000.0);
        cell.report(30);
        assertThat(cell.plan().retired()).isEmpty();
        assertThat(cell.plan().needs()).contains(Steering.Subject.of(PolicyKind.LOAD, "s1", null, null));
        cell.keys.followed.put("s3", 500.0);
        cell.report(20);
        assertThat(cell.plan().retired()).containsOnlyKeys("rp1", "rp2");
        assertThat(cell.plan().retired().get("rp1")).contains("at most 7500 requests per second in the last 120 s");
    }

    @Test
    void noReplicaGoesUntilTheOtherTabletsWereQuietAllThroughTheWindow() {
        twoTabletsWithReplicas(9_000);
        cell.report(30);
        cell.key("k", Slots.bound(1).concat(Bytes.utf8("x")), 500, GB);
        cell.report(8);
        assertThat(cell.plan().retired()).as("they were not").isEmpty();
        cell.report(12);
        assertThat(cell.plan().retired()).containsOnlyKeys("rp1", "rp2");
        cell.keys.silent.add("s3");
        cell.report(10);
        assertThat(cell.plan().retired())
                .as("what the other tablet's replica serves is not known")
                .isEmpty();
        cell.keys.silent.clear();
        cell.report(8);
        assertThat(cell.plan().retired()).as("not for all of the window").isEmpty();
        cell.report(12);
        assertThat(cell.plan().retired()).containsOnlyKeys("rp1", "rp2");
    }

    @Test
    void whatAReplicaServedBeforeItLeftCountsAllThroughTheWindow() {
        twoTabletsWithReplicas(1_000);
        cell.keys.followed.put("s3", 7_000.0);
        cell.report(30);
        cell.emit(new Event.ReadReplicaLeaving("rp1", "asked to"));
        cell.emit(new Event.ReadReplicaRemoved("rp1", 7));
        cell.report(8);
        assertThat(cell.plan().retired()).as("7,000 more a while ago").isEmpty();
        cell.report(12);
        assertThat(cell.plan().retired()).containsOnlyKeys("rp2");
    }

    @Test
    void withoutABoundOfTheLoadNoReplicaIsOfUse() {
        twoTabletsWithReplicas(1_000);
        cell.keys.followed.put("s2", 50_000.0);
        cell.report(30);
        assertThat(cell.plan().retired()).isEmpty();
        cell.policy = Tuned.of(cell.policy).max(0, 0).policy();
        assertThat(cell.plan().retired()).containsOnlyKeys("rp1", "rp2");
        assertThat(cell.plan().retired().get("rp2")).contains("bounds the load of a shard no more");
    }

    /** Events come of them in that order, in each process. */
    @Test
    void whatIsRetiredAndExpiredKeepsItsOrder() {
        twoTabletsWithReplicas(1_000);
        for (int i = 3; i < 40; i++) {
            cell.emit(new Event.ReadReplicaAdded("rp" + i, "k", Bytes.EMPTY, "s2", 2_000));
        }
        cell.policy = Tuned.of(cell.policy).max(0, 0).policy();
        assertThat(cell.plan().retired().keySet())
                .containsExactlyElementsOf(cell.state.readReplicas().keys());
        List<String> proposals = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            proposals.add(propose(new Action.MoveTablet("k", Bytes.EMPTY, Slots.bound(9), "s1", "s2", null)));
        }
        assertThat(cell.plan().expired().keySet()).containsExactlyElementsOf(proposals);
    }

    /** It waits for somebody's word. */
    private String propose(Action action) {
        String id = Proposal.id(cell.state.nextSequence());
        cell.emit(new Event.ProposalMade(
                id,
                PolicyKind.DISTRIBUTION,
                Policy.Mode.APPROVE,
                action,
                "because",
                List.of(),
                1,
                1,
                0.5,
                0.4,
                cell.now + 3_600_000));
        return id;
    }

    /** All that could go but the first tablet was on the emptier shard before. */
    @Test
    void nothingGoesBackWhileWhatWasProposedWaits() {
        cell.policy =
                Tuned.of(cell.policy.in(Policy.Mode.APPROVE)).cooldown(10_000).policy();
        cell.workers.remove("w3");
        Object[] owners = new Object[10];
        for (int i = 0; i < 5; i++) {
            owners[2 * i] = i == 0 ? Bytes.EMPTY : Slots.bound(i);
            owners[2 * i + 1] = i == 0 ? "s1" : "s2";
        }
        cell.keyspace("k", Placement.HASH, owners);
        for (int i = 0; i < 5; i++) {
            cell.key("k", Slots.bound(i).concat(Bytes.utf8("x")), i == 0 ? 500 : 250, 0);
        }
        for (int i = 1; i < 5; i++) {
            cell.migrate("k", new KeyRange(Slots.bound(i), i == 4 ? null : Slots.bound(i + 1)), "s2", "s1");
        }
        cell.report(100);
        Action first = new Action.MoveTablet("k", Bytes.EMPTY, Slots.bound(1), "s1", "s2", null);
        assertThat(cell.plan().wanted()).extracting(Verdict.Wanted::action).containsExactly(first);
        String id = propose(first);
        assertThat(cell.plan().balance().shards()).isGreaterThan(cell.policy.imbalanceTolerance());
        assertThat(cell.plan().wanted()).isEmpty();
        cell.emit(new Event.ProposalRejected(id, "no"));
        assertThat(cell.plan().wanted())
                .isNotEmpty()
                .noneMatch(w -> w.action().range().start().equals(Bytes.EMPTY));
    }

    /** After a restart, what follows a tablet may be heard before what owns it. */
    @Test
    void aTabletWhoseOwnerWasNotHeardYetDidNotFallSilent() {
        range(10, GB);
        cell.emit(new Event.ReadReplicaAdded("r7", "k", Bytes.EMPTY, "s2", 2_000));
        cell.keys.followed.put("s2", 100.0);
        cell.keys.silent.add("s1");
        cell.report(1);
        assertThat(cell.load.of("k", Bytes.EMPTY)).isNull();
        assertThat(cell.plan().refused()).isEmpty();
        cell.keys.silent.clear();
        cell.report(2);
        assertThat(cell.load.of("k", Bytes.EMPTY).highestFollowedQps()).isEqualTo(100);
    }

    /** One tablet has nearly all of the load, and is below the bound of a split. */
    private void oneHeavyTablet(double qps) {
        cell.workers.remove("w3");
        cell.keyspace("k", Placement.RANGE, Bytes.EMPTY, "s1");
        for (char c = 'a'; c <= 'z'; c++) {
            cell.key("k", Bytes.utf8("" + c), qps / 26, 0);
        }
    }

    @Test
    void aTabletThatIsTooLargeAPartIsCut() {
        oneHeavyTablet(5_200);
        cell.report(100);
        assertThat(action(PolicyKind.DISTRIBUTION))
                .isEqualTo(new Action.SplitAndMove("k", Bytes.EMPTY, null, Bytes.utf8("n"), "s1", "s2", null));
    }

    @Test
    void noPartsAreMadeThatWouldBeJoinedAgain() {
        oneHeavyTablet(1_400);
        cell.report(100);
        assertThat(cell.plan().wanted()).isEmpty();
        assertThat(refusal(PolicyKind.DISTRIBUTION).code()).isEqualTo(RefusalCode.SMALL_GAIN);
        assertThat(refusal(PolicyKind.DISTRIBUTION).shard()).isEqualTo("s1");
        assertThat(refusal(PolicyKind.DISTRIBUTION).reason()).contains("would be joined again");
    }

    @Test
    void asMuchIsCutOffAsStaysApart() {
        oneHeavyTablet(2_000); // halves of 1,000 would be joined again
        cell.report(100);
        assertThat(action(PolicyKind.DISTRIBUTION))
                .isInstanceOfSatisfying(
                        Action.SplitAndMove.class, a -> assertThat(a.at()).isLessThan(Bytes.utf8("m")));
    }

    @Test
    void aCutOfTheDistributionThatHasToWaitIsTold() {
        cell.policy = Tuned.of(cell.policy).limits(0, 2, 8, 500 * GB).policy();
        oneHeavyTablet(5_200);
        cell.report(100);
        assertThat(refusal(PolicyKind.DISTRIBUTION).code()).isEqualTo(RefusalCode.LIMIT);
    }

    @Test
    void whatOneKeyIsAskedForIsNotCut() {
        oneHeavyTablet(0);
        cell.key("k", Bytes.utf8("h"), 5_000, 0);
        cell.key("k", Bytes.utf8("x"), 100, 0);
        cell.report(100);
        assertThat(cell.plan().wanted()).isEmpty();
        assertThat(refusal(PolicyKind.DISTRIBUTION).code()).isEqualTo(RefusalCode.HOT_KEY);
    }
}
