package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import org.junit.jupiter.api.Test;

class ScanTest extends ScanSemantics {
    @Override
    Serving startWorker() {
        return new OneWorker();
    }

    @Test
    void the_memory_of_places_is_bounded() {
        ScanCursors cursors = new ScanCursors(10_000);
        Bytes place = Slots.bound(7).concat(Bytes.utf8("key"));
        long first = cursors.cursor(HASHED, place);
        assertThat(cursors.position(HASHED, first)).isEqualTo(place);
        for (int i = 0; i < 100; i++) {
            cursors.cursor(HASHED, Slots.bound(8).concat(Bytes.utf8("key" + i)));
        }
        assertThat(cursors.position(HASHED, first))
                .as("forgotten: the slot's beginning")
                .isEqualTo(Slots.bound(7));
        long ordered = cursors.cursor(ORDERED, Bytes.utf8("m"));
        assertThat(cursors.position(ORDERED, ordered)).isEqualTo(Bytes.utf8("m"));
        assertThatThrownBy(() -> cursors.position(new KeyspaceRoute("other", 3, Placement.RANGE), ordered))
                .isInstanceOf(Refusal.class);
        assertThat(cursors.position(HASHED, cursors.cursor(HASHED, Slots.bound(9))))
                .isEqualTo(Slots.bound(9));
        assertThat(cursors.cursor(HASHED, Slots.bound(9)))
                .as("a slot's bound needs no memory")
                .isEqualTo(9L << 38);
    }
}
