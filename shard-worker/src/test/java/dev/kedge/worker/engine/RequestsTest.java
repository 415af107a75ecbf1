package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.schemas.routing.RoutingRecord.KeyspaceRoute;
import dev.kedge.schemas.routing.RoutingRecord.ShardRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import dev.kedge.worker.engine.Operation.Condition;
import dev.kedge.worker.engine.Reply.Failure;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a shard answers that owns two spans with another shard's between them: s has what is below "g" and from "t" on, d the middle. */
class RequestsTest {
    private static final Bytes FIRST = World.key("");
    private static final Bytes LAST = World.key("\u007f");
    private static final EngineSettings SETTINGS = new EngineSettings(
            2_000, 200, 3_000, 250, 100, 10, 15, 1_000, 50, 100, 0, 4, 86_400_000L, 1_000, 2_000, 100, 10);

    private final World world = new World();
    private World.Node s;
    private World.Node d;

    @BeforeEach
    void twoShards() {
        world.route(new KeyspaceRoute("k", 1, Placement.RANGE));
        world.route(new ShardRoute("s", "w-s", 1, World.topic("s"), "id-s"));
        world.route(new ShardRoute("d", "w-d", 1, World.topic("d"), "id-d"));
        world.route(new TabletRoute("k", Bytes.EMPTY, "s", null));
        world.route(new TabletRoute("k", Bytes.utf8("g"), "d", null));
        world.route(new TabletRoute("k", Bytes.utf8("t"), "s", null));
        s = world.node("s", SETTINGS);
        d = world.node("d", SETTINGS);
        s.engine.start(1, world.map);
        d.engine.start(1, world.map);
        world.run();
    }

    private static List<Bytes> keys(String... keys) {
        return Stream.of(keys).map(World::key).toList();
    }

    private static Operation set(String key, String value) {
        return new Operation.Set(World.key(key), Bytes.utf8(value), Condition.ALWAYS, null, false);
    }

    private static Reply listed(@Nullable Bytes next, String... keys) {
        return new Reply.Keys(keys(keys), next);
    }

    private static Reply failed(Failure failure, String message) {
        return new Reply.Failed(failure, message);
    }

    @Test
    void a_scan_lists_what_the_shard_owns_in_order_and_across_the_gap() {
        List.of("x", "b", "u", "a")
                .forEach(key -> assertThat(s.ask(set(key, "v"))).isEqualTo(Reply.Ok.OK));
        assertThat(d.ask(set("m", "v"))).isEqualTo(Reply.Ok.OK);
        s.store.rows.put(World.key("m"), new byte[0]); // as a copy leaves it

        assertThat(s.ask(new Operation.Scan(FIRST, LAST, 10))).isEqualTo(listed(null, "a", "b", "u", "x"));
        assertThat(d.ask(new Operation.Scan(FIRST, LAST, 10))).isEqualTo(listed(null, "m"));
        assertThat(s.ask(new Operation.Scan(World.key("b"), World.key("x"), 10)))
                .isEqualTo(listed(null, "b", "u"));
        assertThat(s.ask(new Operation.Scan(World.key("g"), World.key("t"), 10)))
                .isEqualTo(listed(null));
        assertThat(s.ask(new Operation.Count(FIRST, LAST))).isEqualTo(new Reply.Int(4));
    }

    @Test
    void a_scan_goes_on_behind_the_last_key_it_gave() {
        List.of("a", "b", "u", "x").forEach(key -> s.ask(set(key, "v")));
        Bytes next = World.key("b").successor();
        assertThat(s.ask(new Operation.Scan(FIRST, LAST, 2))).isEqualTo(listed(next, "a", "b"));
        Bytes end = World.key("x").successor();
        assertThat(s.ask(new Operation.Scan(next, LAST, 2))).isEqualTo(listed(end, "u", "x"));
        assertThat(s.ask(new Operation.Scan(end, LAST, 2))).isEqualTo(listed(null));
    }

    @Test
    void a_scan_sees_no_write_on_its_way_and_no_deleted_row() {
        s.ask(set("a", "v"));
        s.ask(set("b", "v"));
        s.ask(new Operation.Delete(keys("a")));
        s.hold = true;
        List<Reply> write = s.send(set("c", "v"));
        assertThat(s.ask(new Operation.Scan(FIRST, LAST, 10))).isEqualTo(listed(null, "b"));
        s.release();
        world.run();
        assertThat(write).containsExactly(Reply.Ok.OK);
        assertThat(s.ask(new Operation.Scan(FIRST, LAST, 10))).isEqualTo(listed(null, "b", "c"));
    }

    @Test
    void keys_of_several_shards_are_refused_and_nothing_is_done() {
        Reply crossSlot = failed(Failure.CROSS_SLOT, "the keys of this request are on several shards");
        List<Bytes> several = keys("a", "m");
        assertThat(s.ask(new Operation.MultiSet(several, List.of(Bytes.EMPTY, Bytes.EMPTY))))
                .isEqualTo(crossSlot);
        assertThat(s.ask(new Operation.Delete(several))).isEqualTo(crossSlot);
        assertThat(s.ask(new Operation.MultiGet(several))).isEqualTo(crossSlot);
        assertThat(s.ask(new Operation.Exists(several))).isEqualTo(crossSlot);
        assertThat(s.ask(new Operation.Get(World.key("a")))).isEqualTo(Reply.Value.NONE);
        assertThat(s.ask(new Operation.MultiGet(keys("a", "x"))))
                .as("two spans of one shard")
                .isInstanceOf(Reply.Values.class);
        assertThat(s.ask(new Operation.MultiGet(keys("m", "n")))).isEqualTo(new Reply.Moved(World.key("m"), "d"));
    }

    @Test
    void what_fails_is_not_logged() {
        s.ask(set("f", "text"));
        int logged = world.logs.get(World.topic("s")).size();
        assertThat(s.ask(set("a", "0123456789X")))
                .isEqualTo(failed(Failure.TOO_LARGE, "the value would have 11 bytes; the limit is 10"));
        assertThat(s.ask(new Operation.Append(World.key("f"), Bytes.utf8("1234567"))))
                .isEqualTo(failed(Failure.TOO_LARGE, "the value would have 11 bytes; the limit is 10"));
        assertThat(s.ask(new Operation.Increment(World.key("f"), 1)))
                .isEqualTo(failed(Failure.NOT_AN_INTEGER, "value is not an integer or out of range"));
        assertThat(s.ask(new Operation.MultiGet(keys("f", "f", "f", "f"))))
                .isEqualTo(failed(
                        Failure.TOO_LARGE, "the answer would have 16 bytes; the limit is 15: ask for fewer keys"));
        assertThat(world.logs.get(World.topic("s"))).hasSize(logged);
    }

    @Test
    void every_operation_sees_the_write_before_it_though_it_is_on_its_way() {
        s.hold = true;
        List<List<Reply>> replies = Stream.of(
                        set("a", "1"),
                        new Operation.Append(World.key("a"), Bytes.utf8("2")),
                        new Operation.StringLength(World.key("a")),
                        new Operation.Increment(World.key("a"), 30),
                        new Operation.Set(World.key("a"), Bytes.utf8("x"), Condition.IF_EQUAL, Bytes.utf8("42"), true),
                        new Operation.Increment(World.key("a"), 1),
                        new Operation.Exists(keys("a", "b")),
                        new Operation.GetDelete(World.key("a")),
                        new Operation.Exists(keys("a", "b")),
                        new Operation.GetDelete(World.key("a")),
                        new Operation.Delete(keys("a")))
                .map(s::send)
                .toList();
        world.run();
        assertThat(replies).allSatisfy(each -> assertThat(each).isEmpty());
        s.release();
        world.run();
        assertThat(replies.stream().map(List::getFirst))
                .containsExactly(
                        Reply.Ok.OK,
                        new Reply.Int(2),
                        new Reply.Int(2),
                        new Reply.Int(42),
                        new Reply.Value(Bytes.utf8("42")),
                        failed(Failure.NOT_AN_INTEGER, "value is not an integer or out of range"),
                        new Reply.Int(1),
                        new Reply.Value(Bytes.utf8("x")),
                        new Reply.Int(0),
                        Reply.Value.NONE,
                        new Reply.Int(0));
    }

    @Test
    void a_read_that_followed_a_write_which_is_lost_waits_no_longer_than_any() {
        s.hold = true;
        List<Reply> write = s.send(set("a", "1"));
        List<Reply> read = s.send(new Operation.Get(World.key("a")));
        world.pass(2_000);
        s.inbox.add(() -> s.engine.broken("the broker went away"));
        world.pass(SETTINGS.parkMillis() - 2_000 - 10);
        assertThat(write).singleElement().isInstanceOf(Reply.Failed.class);
        assertThat(read).isEmpty();
        world.pass(20);
        assertThat(read)
                .singleElement()
                .satisfies(r -> assertThat(((Reply.Failed) r).failure()).isEqualTo(Failure.TRY_AGAIN));
    }
}
