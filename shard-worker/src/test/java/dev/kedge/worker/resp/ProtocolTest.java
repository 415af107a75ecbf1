package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.kedge.worker.resp.RawClient.Err;
import dev.kedge.worker.resp.RespSettings.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes on the wire, good and bad. */
class ProtocolTest {
    private static final Limits SMALL = new Limits(100, 1000, 4000, 10, 16, 1 << 20, 1 << 30);

    @Test
    void inline_commands_are_taken() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("PING\r\n");
            assertThat(client.reply()).isEqualTo("PONG");
            client.raw("\r\n   \r\nSET  k \"a b\\x41\\n\"\r\nGET k\r\n");
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.ask("PING")).as("out of step").isEqualTo("a bA\n");
            assertThat(client.reply()).isEqualTo("PONG");
            client.raw("ECHO 'it\\'s'\r\n*1\r\n$4\r\nPING\r\nPING\r\n");
            assertThat(RawClient.plain(client.reply())).isEqualTo("it's");
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(client.reply()).isEqualTo("PONG");
        }
    }

    @Test
    void a_bare_line_feed_ends_an_inline_command() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("PING\n\nSET k v\r\nGET k\n");
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(RawClient.plain(client.reply())).isEqualTo("v");
            for (String part : List.of("PI", "NG\r", "\nPIN", "G", "\nPING\n*1\r\n$3\r\nPI\n", "\r\n")) {
                client.raw(part);
            }
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(client.reply())
                    .as("line feeds inside bulk strings are data")
                    .isEqualTo(new Err("ERR unknown command 'PI ', with args beginning with: "));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*x\\r\\n|bad byte in number: 120",
                "*1\\r\\n$x\\r\\n|bad byte in number: 120",
                "*1\\r\\n$-1\\r\\n|invalid bulk length",
                "*1\\r\\n$-7\\r\\n|length: -7 (expected: >= -1)",
                "*1\\r\\nPING\\r\\n|expected '$', got 'P'",
                "*1\\r\\n\\r\\n|expected '$', got ' '",
                "*2\\r\\n$4\\r\\nPING\\r\\n*1\\r\\n|expected '$', got '*'",
                "*1\\r\\n:4\\r\\n|expected a request: an array of bulk strings, or a line of words",
                "+OK\\r\\n|expected a request: an array of bulk strings, or a line of words",
                "$4\\r\\nPING\\r\\n|expected '*', got '$'",
                "$0\\r\\n\\r\\n|expected '*', got '$'",
                "*1\\r\\n$4\\r\\nPINGxx|delimiter: [120,120] (expected: \\r\\n)",
                "*1\\r\\n$99999999999\\r\\n|length: 99999999999 (expected: <= 536870912)",
                "*1\\r\\n$536870912\\r\\n|invalid bulk length: the request has 536870912 bytes or more; at most 8388608 are"
                        + " taken (max-request-bytes)",
                "*2000000\\r\\n|invalid multibulk length",
                "*123456789012345678901234\\r\\n|too many characters to be a valid RESP Integer: 123456789012345678901234",
                "*1234567890123456789012345678901234567890|too many characters to be a valid RESP Integer: 40",
                "*1\\r\\n\\nx|a malformed line",
                "GET \"unbalanced\\r\\n|unbalanced quotes in request",
                "GET \"a\"b\\r\\n|unbalanced quotes in request",
                "GET 'a\\r\\n|unbalanced quotes in request",
                "GET \u00ff\\r\\n|an inline command must be UTF-8 text: send binary data as an array of bulk strings"
            })
    void malformed_requests_are_answered_and_end_the_connection(String request, String error) {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.send("SET", "k", "v");
            client.raw(unescaped(request));
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.reply()).isEqualTo(new Err("ERR Protocol error: " + error));
            assertThat(client.closed()).isTrue();
        }
    }

    private static String unescaped(String text) {
        return text.replace("\\r", "\r").replace("\\n", "\n");
    }

    @Test
    void an_endless_line_is_cut_off() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("x".repeat(70_000));
            assertThat(((Err) client.reply()).text()).startsWith("ERR Protocol error: length: ");
            assertThat(client.closed()).isTrue();
        }
    }

    @Test
    void the_last_reply_arrives_although_the_client_goes_on_sending() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("*1\r\n$4\r\nPINGxx" + "garbage ".repeat(5000));
            assertThat(((Err) client.reply()).text()).startsWith("ERR Protocol error: delimiter");
            assertThat(client.closed()).isTrue();
        }
    }

    @Test
    void empty_arrays_are_ignored() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n");
            assertThat(client.reply()).isEqualTo("PONG");
        }
    }

    @Test
    void requests_over_a_limit_are_refused_and_the_connection_goes_on() {
        try (OneWorker worker = new OneWorker(SMALL);
                RawClient client = worker.connect()) {
            String max = "x".repeat(1000);
            assertThat(client.ask("SET", "k", max)).isEqualTo("OK");
            assertThat(client.ask("SET", "k", max + "x"))
                    .isEqualTo(new Err("ERR an argument has 1001 bytes; at most 1000 are taken (max-value-bytes)"));
            assertThat(client.ask("GET", "k")).isEqualTo(max);
            assertThat(client.ask("SET", "k".repeat(101), "v"))
                    .isEqualTo(new Err("ERR the key has 101 bytes; at most 100 are taken (max-key-bytes)"));
            assertThat(client.ask("SET", "k".repeat(100), "v")).isEqualTo("OK");
            assertThat(client.ask("MSET", "a", max, "b", max, "c", max, "d", max))
                    .isEqualTo(new Err(
                            "ERR the request has more than 4000 bytes (max-request-bytes): send several smaller ones"));
            assertThat(client.ask("MGET", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"))
                    .isEqualTo(
                            new Err(
                                    "ERR the request has 11 arguments; at most 10 are taken (max-args): send several smaller ones"));
            assertThat(client.ask("CLIENT", "SETNAME", "n".repeat(101)))
                    .isEqualTo(new Err("ERR the text has 101 bytes; at most 100 are taken (max-key-bytes)"));
            assertThat(client.ask("SELECT", "n".repeat(1000)).toString()).hasSizeLessThan(300);
            client.raw("ECHO " + max + "x\r\nECHO 1 2 3 4 5 6 7 8 9 10\r\n");
            assertThat(((Err) client.reply()).text()).contains("max-value-bytes");
            assertThat(((Err) client.reply()).text()).contains("max-args");
            assertThat(client.ask("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void a_value_has_its_own_limit_where_keys_may_be_longer() {
        try (OneWorker worker = new OneWorker(new Limits(1000, 100, 4000, 10, 16, 1 << 20, 1 << 30));
                RawClient client = worker.connect()) {
            assertThat(client.ask("SET", "k".repeat(1000), "v".repeat(100))).isEqualTo("OK");
            assertThat(client.ask("SET", "k", "v".repeat(101)))
                    .isEqualTo(new Err("ERR the value has 101 bytes; at most 100 are taken (max-value-bytes)"));
        }
    }

    @Test
    void a_large_refused_request_is_not_kept() {
        try (OneWorker worker = new OneWorker(SMALL);
                RawClient client = worker.connect()) {
            client.raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000000\r\n");
            byte[] megabyte = new byte[1_000_000];
            for (int i = 0; i < 20; i++) {
                client.raw(megabyte);
            }
            client.raw("\r\n");
            client.send("PING");
            assertThat(((Err) client.reply()).text()).contains("20000000 bytes");
            assertThat(client.reply()).isEqualTo("PONG");
        }
    }

    @Test
    void announcing_much_costs_nothing() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("*8000\r\n$3\r\nSET\r\n$500000\r\n");
            client.shutdownOutput();
            assertThat(client.closed()).isTrue();
        }
    }

    @Test
    void ten_thousand_pipelined_requests_are_answered_in_order() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            ByteArrayOutputStream requests = new ByteArrayOutputStream();
            for (int i = 0; i < 10_000; i++) {
                requests.writeBytes(RawClient.command("SET", "key:" + i, "value:" + i));
                requests.writeBytes(i % 3 == 0 ? "PING\r\n".getBytes(StandardCharsets.US_ASCII) : new byte[0]);
                requests.writeBytes(RawClient.command("GET", "key:" + i));
            }
            Thread writer = Thread.ofVirtual().start(() -> client.raw(requests.toByteArray()));
            for (int i = 0; i < 10_000; i++) {
                assertThat(client.reply()).isEqualTo("OK");
                if (i % 3 == 0) {
                    assertThat(client.reply()).isEqualTo("PONG");
                }
                assertThat(RawClient.plain(client.reply())).isEqualTo("value:" + i);
            }
            assertThat(writer.isAlive()).isFalse();
        }
    }

    @Test
    void requests_may_come_byte_by_byte() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            byte[] bytes = concat(
                    RawClient.command("SET", "key", "value"),
                    "PING\r\n".getBytes(StandardCharsets.US_ASCII),
                    RawClient.command("GET", "key"),
                    RawClient.command("ECHO", ""));
            for (byte b : bytes) {
                client.raw(new byte[] {b});
            }
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(RawClient.plain(client.reply())).isEqualTo("value");
            assertThat(RawClient.plain(client.reply())).isEqualTo("");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void requests_may_come_in_any_pieces(long seed) {
        Random random = new Random(seed);
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String value = "v".repeat(random.nextInt(20_000));
                values.add(value);
                all.writeBytes(RawClient.command("SET", "k" + i, value));
                all.writeBytes(RawClient.command("GET", "k" + i));
            }
            Thread.ofVirtual().start(() -> {
                byte[] bytes = all.toByteArray();
                for (int at = 0; at < bytes.length; ) {
                    int length = Math.min(bytes.length - at, 1 + random.nextInt(30_000));
                    client.raw(Arrays.copyOfRange(bytes, at, at + length));
                    at += length;
                }
            });
            for (String value : values) {
                assertThat(client.reply()).as("seed %d", seed).isEqualTo("OK");
                assertThat(RawClient.plain(client.reply())).as("seed %d", seed).isEqualTo(value);
            }
        }
    }

    @Test
    void a_client_that_ends_its_output_still_gets_its_replies() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            worker.s2.hold();
            worker.s1.hold();
            for (int i = 0; i < 100; i++) {
                client.send("SET", "k" + i, "v");
            }
            client.shutdownOutput();
            worker.s1.release();
            worker.s2.release();
            for (int i = 0; i < 100; i++) {
                assertThat(client.reply()).isEqualTo("OK");
            }
            assertThat(client.closed()).isTrue();
            await().until(() -> worker.server.connections() == 0);
        }
    }

    @Test
    void a_client_that_goes_away_leaves_nothing_behind() {
        try (OneWorker worker = new OneWorker()) {
            worker.s1.hold();
            worker.s2.hold();
            try (RawClient client = worker.connect()) {
                for (int i = 0; i < 100; i++) {
                    client.send("SET", "k" + i, "v");
                }
                client.raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhalf a val");
                await().until(() -> worker.s1.queued.get() + worker.s2.queued.get() == 100);
            }
            worker.s1.release();
            worker.s2.release();
            await().until(() -> worker.server.connections() == 0);
        }
    }

    @Test
    void quit_ends_the_connection_after_the_replies_owed() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.send("SET", "k", "v");
            client.send("QUIT");
            client.send("SET", "k", "never");
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.closed()).isTrue();
            try (RawClient another = worker.connect()) {
                assertThat(another.ask("GET", "k")).isEqualTo("v");
            }
        }
    }

    @Test
    void a_browser_is_hung_up_on() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            client.raw("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSET k evil\r\n");
            assertThat(client.closed()).isTrue();
            try (RawClient another = worker.connect()) {
                assertThat(another.ask("GET", "k")).isNull();
            }
        }
    }

    @Test
    void too_many_connections_are_told_so() {
        try (OneWorker worker = new OneWorker(RespSettings.of("w1", "0").withMaxConnections(2))) {
            try (RawClient first = worker.connect();
                    RawClient second = worker.connect();
                    RawClient third = worker.connect()) {
                assertThat(first.ask("PING")).isEqualTo("PONG");
                assertThat(second.ask("PING")).isEqualTo("PONG");
                assertThat(third.ask("PING")).isEqualTo(new Err("ERR max number of clients reached"));
                assertThat(third.closed()).isTrue();
            }
            await().until(() -> worker.server.connections() == 0);
            try (RawClient fourth = worker.connect()) {
                assertThat(fourth.ask("PING")).isEqualTo("PONG");
            }
        }
    }

    @Test
    void an_address_in_use_is_named() {
        try (OneWorker worker = new OneWorker()) {
            RespSettings settings = RespSettings.of("w2", "0").withAddress("127.0.0.1", worker.port);
            assertThat(catchThrowable(() -> new RespServer(settings).start(worker.shards)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + worker.port)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void closing_answers_what_is_in_flight() throws InterruptedException {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            worker.s2.hold();
            client.send("SET", "a", "1");
            await().until(() -> worker.s2.queued.get() == 1);
            Thread closing = Thread.ofPlatform().start(worker.server::close);
            await().until(() -> catchThrowable(worker::connect) != null);
            worker.s2.release();
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.closed()).isTrue();
            closing.join();
        }
    }

    @Test
    void closing_does_not_wait_for_ever_and_late_replies_do_no_harm() {
        try (OneWorker worker = new OneWorker();
                RawClient client = worker.connect()) {
            worker.s2.hold();
            client.send("SET", "a", "1");
            client.send("SET", "{a}2", "1");
            await().until(() -> worker.s2.queued.get() == 2);
            worker.server.close();
            assertThat(client.closed()).isTrue();
            worker.s2.release();
            await().until(() -> worker.s2.queued.get() == 0);
            assertThat(worker.s2.rows).as("the shard's thread went on").hasSize(2);
        }
    }

    @Test
    void a_server_that_never_began_can_be_closed() {
        new RespServer(RespSettings.of("w1", "0")).close();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
