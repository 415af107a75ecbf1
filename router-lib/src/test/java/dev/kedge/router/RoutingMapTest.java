package dev.kedge.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.routing.RoutingKey;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RoutingMapTest {
    private static final RoutingMap TWO_TABLETS = Maps.with(
            RoutingMap.EMPTY,
            Maps.keyspace("ks"),
            Maps.worker("w1", 7001),
            Maps.worker("w2", 7002),
            Maps.shard("s1", "w1"),
            Maps.shard("s2", "w2"),
            Maps.tablet("ks", "m", "s2"),
            Maps.tablet("ks", "", "s1"));

    @Test
    void aTabletReachesToTheNextOnesStart() {
        assertThat(TWO_TABLETS.tablets("ks"))
                .extracting(RoutingMap.Tablet::range)
                .containsExactly(new KeyRange(Bytes.EMPTY, Bytes.utf8("m")), new KeyRange(Bytes.utf8("m"), null));
        assertThat(TWO_TABLETS.route("ks", Bytes.utf8("lzzz")).shard()).isEqualTo("s1");
        assertThat(TWO_TABLETS.route("ks", Bytes.utf8("m")).shard()).isEqualTo("s2");
        assertThat(TWO_TABLETS.endpoint("s2").port()).isEqualTo(7002);
    }

    @Test
    void aSplitIsOneRecordAndAMergeIsOneTombstone() {
        RoutingMap split = TWO_TABLETS.with(10, new RoutingKey.TabletKey("ks", Bytes.utf8("g")), tabletAt("g"));
        assertThat(split.tablets("ks")).hasSize(3);
        assertThat(split.version()).isEqualTo(10);
        assertThat(split.route("ks", Bytes.utf8("h")).version()).isEqualTo(10);

        RoutingMap merged = split.with(11, new RoutingKey.TabletKey("ks", Bytes.utf8("g")), null);
        assertThat(merged.tablets("ks"))
                .extracting(RoutingMap.Tablet::range)
                .containsExactlyElementsOf(TWO_TABLETS.tablets("ks").stream()
                        .map(RoutingMap.Tablet::range)
                        .toList());
        assertThat(TWO_TABLETS.tablets("ks")).as("a snapshot never changes").hasSize(2);
    }

    @Test
    void nothingIsRoutedBelowTheFirstStart() {
        RoutingMap partial = Maps.with(RoutingMap.EMPTY, Maps.keyspace("ks"), Maps.tablet("ks", "m", "s2"));
        assertThat(partial.route("ks", Bytes.utf8("a"))).isNull();
        assertThat(partial.route("ks", Bytes.utf8("n")).shard()).isEqualTo("s2");
    }

    @Test
    void aKeyspaceThatIsNotThereRoutesNothing() {
        assertThat(RoutingMap.EMPTY.route("ks", Bytes.EMPTY)).isNull();
        assertThat(RoutingMap.EMPTY.tablets("ks")).isEqualTo(List.of());
        RoutingMap tabletsOnly = Maps.with(RoutingMap.EMPTY, Maps.tablet("ks", "", "s1"));
        assertThat(tabletsOnly.route("ks", Bytes.EMPTY)).isNull();
    }

    @Test
    void aRecordReadAgainChangesNothing() {
        RoutingMap again = TWO_TABLETS.with(3, new RoutingKey.TabletKey("ks", Bytes.EMPTY), null);
        assertThat(again.version()).isEqualTo(TWO_TABLETS.version());
        assertThat(again.tablets("ks")).hasSize(2);
    }

    @Test
    void aRecordUnderAForeignKeyIsRefused() {
        assertThatThrownBy(() -> TWO_TABLETS.with(20, new RoutingKey.TabletKey("ks", Bytes.utf8("x")), tabletAt("y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stands under the key");
    }

    private static dev.kedge.schemas.routing.RoutingRecord tabletAt(String start) {
        return Maps.tablet("ks", start, "s1");
    }
}
