package dev.kedge.orchestrator.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Positions;
import dev.kedge.model.Positions.Weighted;
import dev.kedge.model.Slots;
import dev.kedge.schemas.report.Report.HotKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CutTest {
    private static Positions points(Object... positionsAndWeights) {
        List<Weighted> points = new ArrayList<>();
        for (int i = 0; i < positionsAndWeights.length; i += 2) {
            Object at = positionsAndWeights[i];
            points.add(new Weighted(
                    at instanceof Bytes b ? b : Bytes.utf8((String) at), (Integer) positionsAndWeights[i + 1]));
        }
        return Positions.of(points);
    }

    private static Cut find(Placement placement, KeyRange range, Positions points, HotKey... hot) {
        return Cut.find(placement, range, points, List.of(hot), points.weight(), 0.2, 0.5);
    }

    private static Bytes in(int slot, String key) {
        return Slots.bound(slot).concat(Bytes.utf8(key));
    }

    @Test
    void aRangeIsCutAtTheShortestKeyThatHalvesTheWeight() {
        assertThat(find(
                        Placement.RANGE,
                        KeyRange.ALL,
                        points("user:0001", 10, "user:0450", 10, "user:0720", 10, "user:0999", 10)))
                .isEqualTo(new Cut.At(Bytes.utf8("user:07"), 0.5));
    }

    @Test
    void theMedianIsOfTheWeightNotOfTheKeys() {
        assertThat(find(Placement.RANGE, KeyRange.ALL, points("a", 1, "b", 1, "c", 1, "d", 48, "e", 49)))
                .isEqualTo(new Cut.At(Bytes.utf8("e"), 0.49));
    }

    @Test
    void aHashTabletIsCutAtAWholeSlot() {
        assertThat(find(
                        Placement.HASH,
                        new KeyRange(Bytes.EMPTY, Slots.bound(0x2000)),
                        points(in(1, "a"), 10, in(0x100, "b"), 10, in(0x100, "c"), 20)))
                .isEqualTo(new Cut.At(Slots.bound(0x100), 0.75));
    }

    @Test
    void oneKeyThatIsTheLoadIsNamed() {
        assertThat(find(
                        Placement.RANGE,
                        KeyRange.ALL,
                        points("a", 5, "k", 90, "z", 5),
                        new HotKey(Bytes.utf8("k"), 90)))
                .isInstanceOfSatisfying(Cut.None.class, none -> {
                    assertThat(none.code()).isEqualTo(RefusalCode.HOT_KEY);
                    assertThat(none.key()).isEqualTo(Bytes.utf8("k"));
                });
        assertThat(find(
                        Placement.HASH,
                        KeyRange.ALL,
                        points(in(7, "k"), 95, in(9, "z"), 5),
                        new HotKey(in(7, "k"), 95)))
                .isInstanceOfSatisfying(
                        Cut.None.class, none -> assertThat(none.key()).isEqualTo(in(7, "k")));
    }

    @Test
    void twoHotKeysAreCutApart() {
        assertThat(find(Placement.RANGE, KeyRange.ALL, points("a", 50, "k", 50), new HotKey(Bytes.utf8("a"), 50)))
                .isEqualTo(new Cut.At(Bytes.utf8("k"), 0.5));
    }

    @Test
    void aSingleSlotCanNotBeCut() {
        assertThat(find(
                        Placement.HASH,
                        new KeyRange(Slots.bound(7), Slots.bound(8)),
                        points(in(7, "a"), 10, in(7, "b"), 10, in(7, "c"), 10)))
                .isInstanceOfSatisfying(Cut.None.class, none -> {
                    assertThat(none.code()).isEqualTo(RefusalCode.KEY_IS_BOUND);
                    assertThat(none.reason()).contains("0x0007");
                });
    }

    @Test
    void aLopsidedCutIsNotWorthIt() {
        assertThat(find(Placement.RANGE, KeyRange.ALL, points("a", 45, "b", 45, "c", 10)))
                .isInstanceOf(Cut.At.class);
        assertThat(Cut.find(
                        Placement.RANGE, KeyRange.ALL, points("a", 40, "b", 40, "c", 20), List.of(), 100, 0.45, 0.5))
                .isInstanceOfSatisfying(
                        Cut.None.class, none -> assertThat(none.code()).isEqualTo(RefusalCode.SMALL_GAIN));
    }

    @Test
    void nothingSeenIsNoReasonToCut() {
        assertThat(find(Placement.RANGE, KeyRange.ALL, Positions.NONE))
                .isInstanceOfSatisfying(
                        Cut.None.class, none -> assertThat(none.code()).isEqualTo(RefusalCode.TOO_FEW_SAMPLES));
    }

    /** A summary may be from before the last split. */
    @Test
    void positionsOutsideOfTheTabletDoNotCount() {
        assertThat(find(
                        Placement.RANGE,
                        new KeyRange(Bytes.utf8("m"), null),
                        points("a", 1_000, "n", 10, "p", 10, "r", 10, "t", 10)))
                .isEqualTo(new Cut.At(Bytes.utf8("r"), 0.5));
    }

    @Test
    void asMuchLiesToTheRightAsIsWanted() {
        Positions points = points("a", 10, "b", 20, "c", 40, "d", 20, "e", 10);
        // 10 % are nearer to 5 %, but too little.
        for (double wanted : new double[] {0.3, 0.05}) {
            assertThat(Cut.find(Placement.RANGE, KeyRange.ALL, points, List.of(), 100, 0.2, wanted))
                    .isInstanceOfSatisfying(Cut.At.class, cut -> {
                        assertThat(cut.at()).isEqualTo(Bytes.utf8("d"));
                        assertThat(cut.rightShare()).isCloseTo(0.3, within(1e-9));
                    });
        }
        assertThat(find(Placement.RANGE, KeyRange.ALL, points))
                .isInstanceOfSatisfying(
                        Cut.At.class, cut -> assertThat(cut.at()).isNotEqualTo(Bytes.utf8("d")));
    }
}
