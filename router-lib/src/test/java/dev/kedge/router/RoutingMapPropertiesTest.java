package dev.kedge.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.schemas.routing.RoutingKey.TabletKey;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class RoutingMapPropertiesTest {

    /** Sets the tablet that starts there, or removes it when {@code shard} is null. */
    record Step(Bytes start, String shard) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Bytes> starts = Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(0)
                .ofMaxSize(2)
                .map(Bytes::wrap);
        Arbitrary<String> shards = Arbitraries.of("s1", "s2", "s3").injectNull(0.3);
        return Combinators.combine(starts, shards).as(Step::new).list().ofMaxSize(60);
    }

    @Provide
    Arbitrary<Bytes> positions() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(3).map(Bytes::wrap);
    }

    @Property
    void oneByOneEqualsAllAtOnce(@ForAll("steps") List<Step> steps) {
        RoutingMap one = RoutingMap.EMPTY.with(0, Maps.keyspace("ks").key(), Maps.keyspace("ks"));
        RoutingMap.Builder all = one.builder();
        long offset = 0;
        for (Step step : steps) {
            offset += 2;
            one = one.with(offset, new TabletKey("ks", step.start), record(step));
            all.apply(offset, new TabletKey("ks", step.start), record(step));
        }
        RoutingMap atOnce = all.build();
        assertThat(atOnce.tablets("ks")).isEqualTo(one.tablets("ks"));
        assertThat(atOnce.version()).isEqualTo(one.version());
    }

    @Property
    void lookupEqualsALinearScan(@ForAll("steps") List<Step> steps, @ForAll("positions") Bytes position) {
        RoutingMap.Builder builder = RoutingMap.EMPTY
                .with(0, Maps.keyspace("ks").key(), Maps.keyspace("ks"))
                .builder();
        TreeMap<Bytes, String> model = new TreeMap<>();
        long offset = 0;
        for (Step step : steps) {
            builder.apply(++offset, new TabletKey("ks", step.start), record(step));
            if (step.shard == null) {
                model.remove(step.start);
            } else {
                model.put(step.start, step.shard);
            }
        }
        String expected = null;
        for (var entry : model.entrySet()) {
            if (entry.getKey().compareTo(position) <= 0) {
                expected = entry.getValue();
            }
        }
        RoutingMap.Tablet found = builder.build().route("ks", position);
        assertThat(found == null ? null : found.shard()).isEqualTo(expected);
        if (found != null) {
            assertThat(found.range().contains(position)).isTrue();
        }
    }

    private static dev.kedge.schemas.routing.RoutingRecord.TabletRoute record(Step step) {
        return step.shard == null
                ? null
                : new dev.kedge.schemas.routing.RoutingRecord.TabletRoute("ks", step.start, step.shard, null);
    }
}
