package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kedge.worker.resp.RespSettings.Limits;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/** No queue grows beyond its limit, and whoever is slow slows only those who feed him. */
class BackPressureTest {
    private static final Limits LIMITS = new Limits(1000, 100_000, 8 << 20, 1000, 32, 1 << 20, 1 << 30);

    @Test
    void a_connection_has_only_so_many_requests_in_flight() {
        try (OneWorker worker = new OneWorker(LIMITS);
                RawClient client = worker.connect();
                RawClient other = worker.connect()) {
            worker.s2.hold();
            String value = "v".repeat(1000);
            AtomicInteger sent = new AtomicInteger();
            Thread writer = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 20_000; i++) {
                    client.send("SET", "{a}" + i, value);
                    sent.incrementAndGet();
                }
            });
            await().until(() -> worker.s2.queued.get() == 32);
            await().pollInterval(Duration.ofMillis(200)).until(new Standstill(sent::get)::reached);
            assertThat(sent).as("the client is held up").hasValueLessThan(20_000);
            assertThat(worker.s2.mostQueued).hasValue(32);
            assertThat(other.ask("SET", "b", "1"))
                    .as("another shard's client is not")
                    .isEqualTo("OK");
            worker.s2.release();
            for (int i = 0; i < 20_000; i++) {
                assertThat(client.reply()).isEqualTo("OK");
            }
            assertThat(worker.s2.mostQueued).hasValue(32);
            await().until(() -> !writer.isAlive());
        }
    }

    @Test
    void a_shard_over_its_admission_limit_is_asked_again_until_it_has_room() {
        try (OneWorker worker = new OneWorker(LIMITS);
                RawClient first = worker.connect();
                RawClient second = worker.connect()) {
            worker.shards.admissionLimit = 3;
            for (RawClient client : new RawClient[] {first, second}) {
                Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 2000; i++) {
                        client.send("APPEND", "key" + i % 7 + ":" + i / 70, Character.toString('a' + i % 70 / 7));
                    }
                    client.send("DBSIZE");
                });
            }
            for (RawClient client : new RawClient[] {first, second}) {
                for (int i = 0; i < 2001; i++) {
                    assertThat(client.reply()).isInstanceOf(Long.class);
                }
            }
            assertThat(worker.s1.mostQueued.get()).isLessThanOrEqualTo(3);
            assertThat(worker.s2.mostQueued.get()).isLessThanOrEqualTo(3);
            worker.shards.admissionLimit = Integer.MAX_VALUE;
            assertThat(first.ask("INFO", "stats").toString()).doesNotContain("admission_waits:0\r\n");
            for (int i = 0; i < 7; i++) {
                String value = (String) first.ask("GET", "key" + i + ":0");
                assertThat(value.replaceAll("(.)(?=.*\\1)", "")).as("in order").isEqualTo("abcdefghij");
            }
        }
    }

    @Test
    void a_shard_with_no_room_at_all_holds_up_its_clients_only() {
        try (OneWorker worker = new OneWorker(LIMITS);
                RawClient client = worker.connect();
                RawClient other = worker.connect()) {
            worker.shards.admissionLimit = 0;
            client.send("GET", "a");
            client.send("PING");
            assertThat(other.ask("PING")).isEqualTo("PONG");
            worker.shards.admissionLimit = 1;
            assertThat(client.reply()).isNull();
            assertThat(client.reply()).isEqualTo("PONG");
        }
    }

    @Test
    void replies_a_client_does_not_take_stop_its_requests() {
        try (OneWorker worker = new OneWorker(LIMITS);
                RawClient client = worker.connect()) {
            String value = "v".repeat(100_000);
            assertThat(client.ask("SET", "a", value)).isEqualTo("OK");
            worker.s2.record = true;
            Thread writer = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 1000; i++) {
                    client.send("GET", "a");
                }
            });
            await().until(() -> !worker.s2.executed.isEmpty());
            Standstill executed = new Standstill(worker.s2.executed::size);
            await().pollInterval(Duration.ofMillis(300)).until(executed::reached);
            assertThat(worker.s2.executed)
                    .as("what sockets' buffers take, and a megabyte")
                    .hasSizeLessThan(300);
            for (int i = 0; i < 1000; i++) {
                assertThat(RawClient.plain(client.reply())).isEqualTo(value);
            }
            await().until(() -> !writer.isAlive());
        }
    }

    @Test
    void the_heavier_the_replies_the_fewer_are_in_flight() {
        ReplyBudget budget =
                new ReplyBudget(new Limits(1, 100_000, 100_000, 1, 1024, 1 << 20, 1 << 30), new ReplyMemory(1 << 30));
        assertThat(mostInFlight(budget)).as("at first").isEqualTo(10);
        assertThat(budget.admits(1023, 0)).as("writes").isTrue();
        for (int i = 0; i < 1000; i++) {
            budget.observe(5);
        }
        assertThat(mostInFlight(budget)).as("light ones").isEqualTo(1024);
        budget.observe(100_000);
        assertThat(mostInFlight(budget)).as("after one heavy one").isEqualTo(10);
        budget.observe(5_000_000);
        assertThat(mostInFlight(budget)).as("one at a time, always").isEqualTo(1);
        for (int i = 0; i < 1000; i++) {
            budget.observe(5);
        }
        assertThat(mostInFlight(budget)).as("light ones again").isEqualTo(1024);
    }

    @Test
    void connections_that_hold_replies_share_what_the_worker_has_for_them() {
        ReplyMemory memory = new ReplyMemory(1 << 20);
        ReplyBudget budget = new ReplyBudget(new Limits(1, 1, 1, 1, 1024, 1 << 30, 1 << 20), memory);
        budget.observe(1 << 10);
        memory.enter();
        assertThat(mostInFlight(budget)).as("alone").isEqualTo(1024);
        for (int i = 1; i < 64; i++) {
            memory.enter();
        }
        assertThat(mostInFlight(budget)).as("one of 64").isEqualTo(16);
        for (int i = 1; i < 64; i++) {
            memory.leave();
        }
        assertThat(mostInFlight(budget)).as("alone again").isEqualTo(1024);
    }

    @Test
    void the_more_connections_the_less_is_read_of_each() {
        AtomicInteger connections = new AtomicInteger();
        ReceiveBuffers buffers = new ReceiveBuffers(8 << 20, connections::get);
        assertThat(buffers.bytesPerRead()).isEqualTo(32 << 10);
        connections.set(256);
        assertThat(buffers.bytesPerRead()).isEqualTo(8 << 10);
        connections.set(1_000_000);
        assertThat(buffers.bytesPerRead()).isEqualTo(1 << 10);
    }

    private static int mostInFlight(ReplyBudget budget) {
        int n = 0;
        while (budget.admits(n, n)) {
            n++;
        }
        return n;
    }

    /** Whether a counter is the same as the last time it was looked at. */
    private static final class Standstill {
        private final IntSupplier counter;
        private int last = -1;

        Standstill(IntSupplier counter) {
            this.counter = counter;
        }

        boolean reached() {
            int now = counter.getAsInt();
            boolean same = now == last;
            last = now;
            return same;
        }
    }
}
