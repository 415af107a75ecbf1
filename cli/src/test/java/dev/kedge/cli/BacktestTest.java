package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import dev.kedge.model.Slots;
import dev.kedge.orchestrator.policy.RefusalCode;
import dev.kedge.schemas.command.Command.InitialTablet;
import dev.kedge.schemas.command.Policy;
import dev.kedge.schemas.event.Action;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.event.EventEnvelope.Cause;
import dev.kedge.schemas.event.PolicyKind;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.report.Report.Heartbeat;
import dev.kedge.schemas.report.Report.HotKey;
import dev.kedge.schemas.report.Report.ShardLoad;
import dev.kedge.schemas.report.Report.ShardState;
import dev.kedge.schemas.report.Report.ShardStatus;
import dev.kedge.schemas.report.Report.TabletUse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two shards on two workers, one of which serves 200 requests per second from the first minute on and 900 from the tenth on. */
final class BacktestTest {
    private static final long START = 1_000_000_000_000L;
    private static final long MINUTE = 60_000;
    private static final long SECOND = 1_000;

    private final List<EventEnvelope> events = new ArrayList<>();

    private void happened(long atMillis, Event event) {
        events.add(new EventEnvelope(events.size(), atMillis, new Cause("reports", 0), "someone", event));
    }

    private void cellIsMade() {
        for (String n : List.of("1", "2")) {
            happened(START, new Event.WorkerJoined("w" + n, 1, "h", 1));
            happened(START, new Event.ShardAdded("s" + n, "w" + n, "log" + n));
            happened(START, new Event.ShardLogCreated("s" + n, "id" + n));
            happened(START, new Event.ShardAssigned("s" + n, "w" + n, 1, null));
        }
        happened(
                START,
                new Event.KeyspaceCreated(
                        "k",
                        1,
                        Placement.HASH,
                        List.of(new InitialTablet(Bytes.EMPTY, "s1"), new InitialTablet(Slots.bound(0x2000), "s2"))));
    }

    private static Policy policy(long maxQps) {
        var values = PolicyField.values(Policy.DEFAULTS);
        values.put("maxQps", maxQps);
        values.put("mergeQps", 0L);
        values.put("imbalanceTolerance", 0.0);
        return PolicyField.policy(values);
    }

    private Backtest.Result replay(Policy policy, long from, long to) {
        Backtest backtest = new Backtest("c", events, policy, from, to);
        long offset = 0;
        for (long at = START + 10 * SECOND; at <= START + 20 * MINUTE; at += 10 * SECOND) {
            long qps = at < START + 10 * MINUTE ? 200 : 900;
            for (String n : List.of("1", "2")) {
                backtest.see(offset++, at, heartbeat(n, at));
                backtest.see(offset++, at, load(n, at, n.equals("1") ? qps : 10));
            }
        }
        return backtest.result();
    }

    private static Report heartbeat(String n, long at) {
        ShardStatus status = new ShardStatus("s" + n, 1, ShardState.SERVING, null, 0, 1_000, 1_000_000, List.of());
        return new Heartbeat("w" + n, 1, "h", 1, at, List.of(status));
    }

    private static Report load(String n, long at, long qps) {
        List<Weighted> points = new ArrayList<>();
        int first = n.equals("1") ? 0 : 0x2000;
        for (int i = 0; i < 16; i++) {
            Bytes position = Placement.HASH.position(Bytes.utf8("{" + keyIn(first + i * 0x200) + "}"));
            points.add(new Weighted(position, qps * 10 / 16));
        }
        TabletUse use = new TabletUse(
                "k",
                n.equals("1") ? Bytes.EMPTY : Slots.bound(0x2000),
                1_000,
                1_000_000,
                qps * 10,
                0,
                100,
                1_000,
                new Positions(points),
                Positions.NONE,
                List.of());
        return new ShardLoad("w" + n, 1, "s" + n, 1, at, 10_000, List.of(use));
    }

    /** A hash tag whose slot is at or a little after one. */
    private static String keyIn(int slot) {
        for (int i = 0; ; i++) {
            int found = Slots.of(Bytes.utf8("t" + i));
            if (found >= slot && found < slot + 0x200) {
                return "t" + i;
            }
        }
    }

    @Test
    void aTighterPolicyWouldHaveSplitWhenTheLoadCame() {
        cellIsMade();
        Backtest.Result result = replay(policy(500), START + 5 * MINUTE, START + 20 * MINUTE);
        assertThat(result.proposed())
                .as("once, what was proposed counts as done: %s", result)
                .hasSize(1);
        Backtest.Proposed proposed = result.proposed().getFirst();
        assertThat(proposed.wanted().policy()).isEqualTo(PolicyKind.LOAD);
        assertThat(proposed.wanted().action()).isInstanceOf(Action.SplitAndMove.class);
        assertThat(proposed.atMillis()).isBetween(START + 10 * MINUTE, START + 13 * MINUTE);
        assertThat(result.evaluations()).isEqualTo(16);
        assertThat(result.reallyProposed()).isZero();
        assertThat(replay(policy(500), START + 5 * MINUTE, START + 20 * MINUTE)).isEqualTo(result);
    }

    @Test
    void aWiderOneWouldHaveDoneNothing() {
        cellIsMade();
        Backtest.Result result = replay(policy(2_000), START + 5 * MINUTE, START + 20 * MINUTE);
        assertThat(result.proposed()).isEmpty();
        assertThat(result.refused()).isEmpty();
    }

    @Test
    void keysThatAreHotInTurnAreToldOnceEach() {
        cellIsMade();
        Bytes one = Placement.HASH.position(Bytes.utf8("{" + keyIn(0) + "}"));
        Bytes other = Placement.HASH.position(Bytes.utf8("{" + keyIn(0x1000) + "}"));
        Backtest backtest = new Backtest("c", events, policy(500), START, START + 20 * MINUTE);
        long offset = 0;
        for (long at = START + 10 * SECOND; at <= START + 20 * MINUTE; at += 10 * SECOND) {
            backtest.see(offset++, at, heartbeat("1", at));
            backtest.see(offset++, at, hotKey(at, (at - START) / MINUTE % 2 == 0 ? one : other));
        }
        assertThat(backtest.result().refused())
                .filteredOn(r -> r.refused().code() == RefusalCode.HOT_KEY)
                .extracting(r -> r.refused().key())
                .containsExactlyInAnyOrder(one, other);
    }

    private static Report hotKey(long at, Bytes position) {
        TabletUse use = new TabletUse(
                "k",
                Bytes.EMPTY,
                1_000,
                1_000_000,
                9_000,
                0,
                100,
                1_000,
                new Positions(List.of(new Weighted(position, 9_000))),
                Positions.NONE,
                List.of(new HotKey(position, 9_000)));
        return new ShardLoad("w1", 1, "s1", 1, at, 10_000, List.of(use));
    }

    @Test
    void whatCameAfterTheEndIsNotLookedAt() {
        cellIsMade();
        Backtest.Result result = replay(policy(500), START + 5 * MINUTE, START + 9 * MINUTE);
        assertThat(result.proposed()).isEmpty();
        assertThat(result.evaluations()).isEqualTo(5);
    }

    @Test
    void whatWasReallyProposedIsCountedAndLeftOut() {
        cellIsMade();
        happened(
                START + 6 * MINUTE,
                new Event.ProposalMade(
                        "p" + events.size(),
                        PolicyKind.LOAD,
                        Policy.Mode.APPROVE,
                        new Action.MoveTablet("k", Bytes.EMPTY, Slots.bound(0x2000), "s1", "s2", null),
                        "because",
                        List.of(),
                        1,
                        1,
                        0.5,
                        0.4,
                        START + 60 * MINUTE));
        Backtest.Result result = replay(policy(500), START + 5 * MINUTE, START + 20 * MINUTE);
        assertThat(result.reallyProposed()).isEqualTo(1);
        assertThat(result.proposed()).hasSize(1);
    }

    @Test
    void theCellIsWhatItWasThen() {
        cellIsMade();
        happened(START + 30 * MINUTE, new Event.TabletSplit("k", Bytes.EMPTY, Slots.bound(0x1000)));
        Backtest.Result result = replay(policy(500), START + 5 * MINUTE, START + 20 * MINUTE);
        assertThat(result.proposed().getFirst().wanted().action().range().end()).isEqualTo(Slots.bound(0x2000));
        assertThat(result.state().keyspace("k").tablets().size()).isEqualTo(2);
    }
}
