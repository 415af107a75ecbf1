package dev.kedge.worker.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.model.Bytes;
import dev.kedge.router.RoutingMap;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord.WorkerRoute;
import dev.kedge.worker.engine.EngineInbox;
import dev.kedge.worker.engine.Operation;
import dev.kedge.worker.engine.Reply;
import dev.kedge.worker.engine.Request;
import dev.kedge.worker.load.LoadSettings;
import dev.kedge.worker.load.PositionSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ShardHostTest {
    private static final LoopSettings QUICK = new LoopSettings(
            3,
            1_000,
            Duration.ofMillis(10),
            Duration.ofMillis(500),
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            LoadSettings.DEFAULTS);

    private final List<FakeEngine> engines = new ArrayList<>();
    private final List<EngineInbox> inboxes = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger refuseToOpen = new AtomicInteger();
    private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
    private final ShardHost host = new ShardHost("s1", 7, this::open, QUICK, map(3), ended -> {});

    private OpenShard open(EngineInbox inbox, Throwable lastFailure) {
        failures.add(String.valueOf(lastFailure));
        if (refuseToOpen.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            throw new IllegalStateException("no store today");
        }
        FakeEngine engine = new FakeEngine();
        engines.add(engine);
        inboxes.add(inbox);
        return new OpenShard(engine, PositionSource.NONE, closed::incrementAndGet);
    }

    @AfterEach
    void stop() {
        host.stop();
        host.ended().join();
    }

    @Test
    void it_starts_with_the_newest_map_and_hands_on_requests_in_order() throws Exception {
        host.start();
        host.routing(map(5));
        host.routing(map(4));
        assertThat(host.submit(get("a"))).isTrue();
        assertThat(host.submit(get("b"))).isTrue();
        assertThat(replies.poll(5, TimeUnit.SECONDS)).isEqualTo(Reply.Ok.OK);
        assertThat(replies.poll(5, TimeUnit.SECONDS)).isEqualTo(Reply.Ok.OK);
        List<String> inputs = List.copyOf(engine().inputs);
        assertThat(inputs.get(0)).isIn("start 7 @3", "start 7 @5");
        assertThat(inputs).noneMatch(input -> input.contains("@4"));
        assertThat(inputs).filteredOn(input -> input.startsWith("request")).isSorted();
        assertThat(engine().batches.get()).isPositive();
    }

    @Test
    void an_idle_engine_is_told_of_time() {
        host.start();
        await().until(() -> engines.size() == 1 && engine().ticks.get() > 20);
        assertThat(engine().batches.get()).isGreaterThan(19);
        assertThat(engine().inputs).containsExactly("start 7 @3");
    }

    @Test
    void what_is_urgent_overtakes_what_can_wait() throws Exception {
        host.start();
        awaitStart();
        CountDownLatch held = new CountDownLatch(1);
        host.post(engine -> awaitUninterrupted(held));
        for (int i = 0; i < 5; i++) {
            int next = i;
            inboxes.get(0).postBulk(engine -> engine.sourceRecords(1, List.of(), next, 9));
        }
        inboxes.get(0).post(engine -> engine.appended(42, 1, 1));
        held.countDown();
        await().until(() -> engine().inputs.size() == 7);
        assertThat(engine().inputs)
                .containsExactly(
                        "start 7 @3", "appended 42", "source 0", "source 1", "source 2", "source 3", "source 4");
    }

    @Test
    void it_takes_no_more_requests_than_it_may_hold() throws Exception {
        host.start();
        awaitStart();
        engine().replies = false;
        assertThat(host.submit(get("a"))).isTrue();
        assertThat(host.submit(get("b"))).isTrue();
        assertThat(host.submit(get("c"))).isTrue();
        assertThat(host.submit(get("d"))).isFalse();
        await().until(() -> engine().requests.size() == 3);
        host.post(engine -> engine().requests.get(0).replies().reply(Reply.Ok.OK));
        assertThat(replies.poll(5, TimeUnit.SECONDS)).isEqualTo(Reply.Ok.OK);
        assertThat(host.submit(get("d"))).isTrue();
    }

    @Test
    void large_values_count_but_one_is_always_let_in() {
        host.start();
        awaitStart();
        engine().replies = false;
        assertThat(host.submit(set("a", 5_000))).isTrue();
        assertThat(host.submit(set("b", 10))).isFalse();
    }

    @Test
    void an_engine_that_throws_is_given_up_and_the_shard_opened_again() throws Exception {
        host.start();
        awaitStart();
        engine().replies = false;
        host.submit(get("a"));
        host.submit(set("b", 1));
        await().until(() -> engine().requests.size() == 2);
        EngineInbox oldInbox = inboxes.get(0);
        engine().onNextInput = new IllegalStateException("impossible history");
        host.post(engine -> engine.appended(1, 1, 1));

        List<Reply> answers = List.of(take(), take());
        assertThat(answers)
                .allSatisfy(
                        reply -> assertThat(((Reply.Failed) reply).message()).contains("impossible history"));
        assertThat(answers)
                .extracting(reply -> ((Reply.Failed) reply).failure())
                .containsExactlyInAnyOrder(Reply.Failure.TRY_AGAIN, Reply.Failure.INDETERMINATE);
        await().until(() -> host.status().join().state() == Report.ShardState.SERVING);
        assertThat(engines).hasSize(2);
        assertThat(failures).containsExactly("null", "java.lang.IllegalStateException: impossible history");
        assertThat(closed).hasValue(1);

        oldInbox.post(engine -> engine.appended(99, 1, 1));
        host.submit(get("c"));
        assertThat(take()).isEqualTo(Reply.Ok.OK);
        assertThat(engines.get(1).inputs).noneMatch(input -> input.equals("appended 99"));
        assertThat(host.status().join().state()).isEqualTo(Report.ShardState.SERVING);
    }

    @Test
    void a_shard_that_cannot_be_opened_says_why_and_tries_again() throws Exception {
        refuseToOpen.set(3);
        host.start();
        Report.ShardStatus status = host.status().join();
        assertThat(status.state()).isEqualTo(Report.ShardState.FAILED);
        assertThat(status.reason()).isEqualTo("no store today");
        assertThat(status.epoch()).isEqualTo(7);
        host.submit(get("a"));
        assertThat(take()).isEqualTo(ShardHost.tryAgain("the shard failed here and is being opened again"));
        await().until(() -> engines.size() == 1);
    }

    @Test
    void it_stops_in_good_order_and_answers_what_comes_after() throws Exception {
        host.start();
        awaitStart();
        host.stop();
        host.ended().get(5, TimeUnit.SECONDS);
        assertThat(closed).hasValue(1);
        assertThat(engine().inputs).contains("stop");
        assertThat(host.submit(get("a"))).isTrue();
        assertThat(((Reply.Failed) take()).failure()).isEqualTo(Reply.Failure.TRY_AGAIN);
        assertThat(host.status().get(5, TimeUnit.SECONDS).state()).isEqualTo(Report.ShardState.FAILED);
    }

    @Test
    void one_that_does_not_stop_is_abandoned() throws Exception {
        host.start();
        awaitStart();
        engine().stops = false;
        engine().replies = false;
        host.submit(set("a", 1));
        host.stop();
        host.ended().get(5, TimeUnit.SECONDS);
        assertThat(closed).hasValue(1);
        assertThat(((Reply.Failed) take()).failure()).isEqualTo(Reply.Failure.INDETERMINATE);
    }

    @Test
    void a_second_reply_is_dropped() throws Exception {
        host.start();
        awaitStart();
        host.submit(get("a"));
        assertThat(take()).isEqualTo(Reply.Ok.OK);
        host.post(engine -> engine().requests.get(0).replies().reply(Reply.Ok.OK));
        host.submit(get("b"));
        assertThat(take()).isEqualTo(Reply.Ok.OK);
        assertThat(replies).isEmpty();
    }

    private FakeEngine engine() {
        return engines.getLast();
    }

    private void awaitStart() {
        await().until(() -> !engines.isEmpty() && !engines.getLast().inputs.isEmpty());
    }

    private Reply take() throws InterruptedException {
        Reply reply = replies.poll(5, TimeUnit.SECONDS);
        assertThat(reply).as("a reply").isNotNull();
        return reply;
    }

    private Request get(String key) {
        return new Request(new Operation.Get(Bytes.utf8(key)), 0, false, replies::add);
    }

    private Request set(String key, int size) {
        Operation set =
                new Operation.Set(Bytes.utf8(key), Bytes.wrap(new byte[size]), Operation.Condition.ALWAYS, null, false);
        return new Request(set, 0, false, replies::add);
    }

    private static RoutingMap map(long version) {
        WorkerRoute route = new WorkerRoute("w1", "localhost", 1);
        return RoutingMap.EMPTY.with(version, route.key(), route);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
