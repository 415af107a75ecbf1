package dev.kedge.orchestrator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.schemas.event.Event;
import dev.kedge.schemas.report.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is known of load, and what becomes of it when tablets are cut, joined and moved. */
final class CellLoadTest {
    private final ModelCell cell = ModelCell.of(2, 1);

    CellLoadTest() {
        cell.policy = Tuned.of(cell.policy).max(100, 1_000).policy(); // every tablet might have to be split
        cell.keyspace("k", Placement.RANGE, Bytes.EMPTY, "s1");
        cell.emit(new Event.PolicySet(null, cell.policy));
        for (String key : List.of("a", "b", "c", "x")) {
            cell.key("k", Bytes.utf8(key), key.equals("x") ? 300 : 100, 1_000);
        }
    }

    private TabletLoad of(String start) {
        return cell.load.of("k", Bytes.utf8(start));
    }

    @Test
    void aReportIsTheLoadOfItsTablet() {
        cell.report(3);
        assertThat(of("").qps()).isEqualTo(600);
        assertThat(of("").bytes()).isEqualTo(4_000);
        assertThat(of("").estimated()).isFalse();
        assertThat(of("").atMillis()).isEqualTo(cell.now);
    }

    @Test
    void theMeanIsOfTheLastWhileAndTheHighestOfTheWindow() {
        cell.report(6);
        cell.keys.clear();
        cell.key("k", Bytes.utf8("a"), 1, 1_000);
        cell.report(30); // five minutes: load is over two, the window thirty
        assertThat(of("").qps()).isEqualTo(1);
        assertThat(of("").highestQps()).isEqualTo(600);
        cell.report(240);
        assertThat(of("").highestQps()).isEqualTo(1);
        assertThat(of("").near().slots().size() + of("").window().slots().size())
                .isLessThanOrEqualTo(10); // bounded
    }

    @Test
    void thePartsOfASplitHaveWhatLayThereUntilTheyAreReported() {
        cell.report(3);
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        assertThat(of("").qps()).isEqualTo(300);
        assertThat(of("m").qps()).isEqualTo(300);
        assertThat(of("").bytes()).isEqualTo(3_000);
        assertThat(of("m").bytes()).isEqualTo(1_000);
        assertThat(of("m").estimated()).isTrue();
        assertThat(of("m").requested().points()).hasSize(1);
        cell.key("k", Bytes.utf8("x"), 500, 1_000);
        cell.report(1); // an interval that began before the split: not known which tablet it was about
        assertThat(of("m").estimated()).isFalse();
        cell.report(20);
        assertThat(of("m").qps()).isEqualTo(500);
    }

    @Test
    void anIntervalDuringWhichTheTabletChangedSaysNothing() {
        cell.report(3);
        cell.now += 5_000;
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        cell.now -= 5_000;
        cell.report(1); // ends five seconds after the split
        assertThat(of("m").estimated()).isTrue();
        cell.report(1);
        assertThat(of("m").estimated()).isFalse();
    }

    @Test
    void joinedTabletsHaveBothLoads() {
        cell.emit(new Event.TabletSplit("k", Bytes.EMPTY, Bytes.utf8("m")));
        cell.report(3);
        cell.emit(new Event.TabletsMerged("k", Bytes.EMPTY, Bytes.utf8("m")));
        assertThat(of("").qps()).isEqualTo(600);
        assertThat(of("").bytes()).isEqualTo(4_000);
        assertThat(of("m")).isNull();
    }

    @Test
    void loadFollowsAMovedTablet() {
        cell.report(3);
        cell.migrate("k", KeyRange.ALL, "s1", "s2");
        assertThat(of("").qps()).isEqualTo(600);
        cell.report(3);
        assertThat(of("").qps()).isEqualTo(600);
        assertThat(of("").sinceMillis()).isLessThan(cell.now - 2 * ModelCell.INTERVAL); // without a gap
    }

    @Test
    void whoDoesNotOwnATabletSaysNothingOfIt() {
        cell.report(3);
        Report.ShardLoad own =
                cell.keys.reports(cell.state, cell.now, ModelCell.INTERVAL).get(0);
        long later = cell.now + 60_000;
        CellLoad before = cell.load;
        assertThat(before.with(from(own, "w2", "s2", 1), later, cell.state)
                        .of("k", Bytes.EMPTY)
                        .atMillis())
                .isEqualTo(cell.now); // another shard
        assertThat(before.with(from(own, "w2", "s1", 1), later, cell.state)).isSameAs(before); // another worker
        assertThat(before.with(from(own, "w1", "s1", 9), later, cell.state)).isSameAs(before); // another epoch
        assertThat(before.with(from(own, "w1", "s1", 1), cell.now - 1, cell.state))
                .isSameAs(before); // late
        assertThat(before.with(from(own, "w1", "s1", 1), later, cell.state)
                        .of("k", Bytes.EMPTY)
                        .atMillis())
                .isEqualTo(later);
    }

    private static Report.ShardLoad from(Report.ShardLoad r, String worker, String shard, long epoch) {
        return new Report.ShardLoad(
                worker, r.incarnation(), shard, epoch, r.timeMillis(), r.intervalMillis(), r.tablets());
    }
}
