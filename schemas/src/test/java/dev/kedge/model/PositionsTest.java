package dev.kedge.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kedge.model.Positions.Weighted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PositionsTest {
    private static final int POINTS = 32;

    @Test
    void nothing_has_weight_zero_and_no_quantiles() {
        assertThat(Positions.NONE.weight()).isZero();
        assertThat(Positions.NONE.rank(at(5))).isZero();
        assertThat(Positions.NONE.merge(Positions.NONE, POINTS)).isEqualTo(Positions.NONE);
        assertThatThrownBy(() -> Positions.NONE.quantile(0.5)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void points_at_one_position_become_one() {
        Positions positions = Positions.of(List.of(point(2, 3), point(1, 1), point(2, 4)));
        assertThat(positions.points()).containsExactly(point(1, 1), point(2, 7));
        assertThat(positions.quantile(0)).isEqualTo(at(1));
        assertThat(positions.quantile(0.125)).isEqualTo(at(1));
        assertThat(positions.quantile(0.2)).isEqualTo(at(2));
        assertThat(positions.rank(at(2))).isEqualTo(0.125);
        assertThat(positions.rank(at(3))).isEqualTo(1);
    }

    @Test
    void what_is_reduced_and_merged_keeps_its_weight_and_its_ranks() {
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            List<Integer> all = new ArrayList<>();
            Positions merged = Positions.NONE;
            for (int part = 0; part < 6; part++) {
                List<Weighted> points = new ArrayList<>();
                int middle = random.nextInt(1_000_000);
                int count = 1 + random.nextInt(2_000);
                for (int i = 0; i < count; i++) {
                    int value = Math.max(0, (int) (middle + random.nextGaussian() * 50_000));
                    all.add(value);
                    points.add(point(value, 1));
                }
                merged = merged.merge(Positions.of(points).reduced(POINTS), POINTS);
                assertThat(merged.points()).hasSizeLessThanOrEqualTo(POINTS);
            }
            assertThat(merged.weight()).isEqualTo(all.size());
            Collections.sort(all);
            for (int percent = 5; percent < 100; percent += 5) {
                int exact = all.get(all.size() * percent / 100);
                assertThat(merged.rank(at(exact)))
                        .as("rank of the %s%% position in round %s", percent, round)
                        .isCloseTo(percent / 100.0, within(0.11));
            }
        }
    }

    @Test
    void a_position_with_much_of_the_weight_stays_exact() {
        List<Weighted> points = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            points.add(point(i, i == 300 ? 500 : 1));
        }
        Positions reduced = Positions.of(points).reduced(POINTS);
        Weighted heaviest = Collections.max(reduced.points(), (a, b) -> Long.compare(a.weight(), b.weight()));
        assertThat(heaviest.position()).isEqualTo(at(300));
        assertThat(heaviest.weight()).isBetween(450L, 550L);
    }

    @Test
    void what_is_no_summary_is_refused() {
        assertThatThrownBy(() -> point(1, 0)).hasMessageContaining("positive");
        assertThatThrownBy(() -> new Positions(List.of(point(2, 1), point(1, 1))))
                .hasMessageContaining("ascend");
    }

    private static Weighted point(int position, long weight) {
        return new Weighted(at(position), weight);
    }

    private static Bytes at(int position) {
        return Bytes.utf8("%09d".formatted(position));
    }
}
