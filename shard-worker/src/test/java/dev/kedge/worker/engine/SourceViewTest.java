package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.ImportBase;
import dev.kedge.model.KeyRange;
import dev.kedge.schemas.shard.ShardKeys;
import dev.kedge.schemas.shard.ShardRecord;
import dev.kedge.worker.engine.SourceView.Seen;
import org.junit.jupiter.api.Test;

/** What a replica makes of its source's log. */
class SourceViewTest {
    private static final KeyRange TABLET = new KeyRange(Bytes.utf8("a"), Bytes.utf8("z"));
    private final SourceView view = new SourceView(Span.of(1, TABLET), ImportBase.FRESH, 0, null, 2_000);
    private long offset;

    private Seen see(Bytes key, ShardRecord record) {
        return view.look(new Logged(offset++, 1_000, key, record), 5);
    }

    private Seen see(ShardRecord record) {
        return see(ShardKeys.control('X', record.epoch(), record.incarnation(), offset), record);
    }

    private Seen put(String key, long epoch, long incarnation) {
        return see(ShardKeys.data(1, Bytes.utf8(key)), new ShardRecord.Change(epoch, incarnation, new byte[] {1}));
    }

    private ShardRecord.Fence fence(long epoch, long incarnation) {
        return new ShardRecord.Fence(epoch, incarnation, 1, TABLET, 10, "m1", true, true);
    }

    private void openAndCreate() {
        see(new ShardRecord.Opened(1, 100, 2_000, "w1"));
        see(new ShardRecord.Created(1, 100, 1, TABLET, 3));
    }

    @Test
    void onlyRowsThatCountAndLieInTheTabletAreSeen() {
        openAndCreate();
        assertThat(put("b", 1, 100)).isInstanceOf(Seen.TabletRow.class);
        assertThat(put("zz", 1, 100)).isInstanceOf(Seen.Nothing.class);
        assertThat(put("b", 1, 99)).isInstanceOf(Seen.Nothing.class);
    }

    @Test
    void theLatestOpeningVouchesForItsLease() {
        openAndCreate();
        see(fence(1, 100));
        assertThat(view.fence(10, 9)).satisfies(f -> assertThat(f.settled()).isTrue());
    }

    @Test
    void aDeposedOwnersLateFenceDoesNot8() {
        openAndCreate();
        see(new ShardRecord.Opened(2, 200, 2_000, "w2"));
        see(fence(1, 100));
        assertThat(view.fence(10, 9)).satisfies(f -> assertThat(f.settled()).isFalse());
    }

    @Test
    void aReaderThatGoesOnBehindTheFenceKnowsItAndWaits() {
        openAndCreate();
        see(fence(1, 100));
        byte[] saved = view.stateAt(offset);
        SourceView resumed = new SourceView(Span.of(1, TABLET), ImportBase.FRESH, offset, saved, 2_000);
        assertThat(resumed.fence(10, 9)).satisfies(f -> {
            assertThat(f.settled()).isFalse();
            assertThat(f.offset()).isEqualTo(2);
        });
        assertThat(resumed.fence(11, 9)).isNull();
    }

    @Test
    void aPartTheOwnerClearedIsNamed() {
        see(new ShardRecord.Opened(1, 100, 2_000, "w1"));
        KeyRange part = new KeyRange(Bytes.utf8("a"), Bytes.utf8("m"));
        Seen seen = see(new ShardRecord.ImportStarted(1, 100, 1, part, 5, "m0", 1, ImportBase.FRESH, "s0", 0));
        assertThat(seen).isEqualTo(new Seen.Cleared(Span.of(1, part)));
    }

    @Test
    void theStateForAReaderDoesNotNest() {
        openAndCreate();
        KeyRange other = new KeyRange(Bytes.utf8("zz"), null);
        see(new ShardRecord.ImportStarted(1, 100, 1, other, 5, "m2", 1, ImportBase.FRESH, "s2", 0));
        byte[] before = view.stateAt(offset);
        see(new ShardRecord.ImportProgress(1, 100, 1, other, "m2", 1, 77, new byte[100_000]));
        see(new ShardRecord.Opened(1, 101, 2_000, "w1"));
        assertThat(view.stateAt(offset)).hasSizeLessThan(before.length + 100);
    }
}
