package dev.kedge.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Much more than a worker can hold at once, for a worker that can hold little: a heap of 96 MB, and it ends when that does not do. What it does
 * not take in has to wait in the clients' sockets and in Kafka.
 */
@Timeout(240)
final class LimitsIT {
    private static final String HEAP = "-Xmx96m";
    private static final int CONNECTIONS = 1_000;
    private static final int PIPELINED = 100;
    private static final int MAX_CONNECTIONS = CONNECTIONS + 100;
    private static final int LARGE = 500_000;

    @TempDir
    Path dir;

    private TestCell cell;

    @BeforeEach
    void start() {
        cell = TestCell.start(
                dir, TestCell.Setup.shared(1, 1).withWorkers(List.of(HEAP), String.valueOf(MAX_CONNECTIONS)));
    }

    @AfterEach
    void close() {
        cell.close();
    }

    @Test
    void a_hundred_thousand_requests_at_once_are_all_answered_and_one_connection_too_many_is_told_so()
            throws IOException {
        List<Raw> clients = new ArrayList<>();
        try {
            byte[] request = set("key", "v".repeat(1_000));
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(new Raw());
            }
            List<Thread> writers = new ArrayList<>();
            for (Raw client : clients) {
                // A virtual thread each: where nobody reads, the socket is full and the write waits.
                writers.add(Thread.ofVirtual().start(() -> client.send(request, PIPELINED)));
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> clients.stream().allMatch(c -> c.available() > 0));
            List<Raw> more = new ArrayList<>();
            try {
                for (int i = CONNECTIONS; i < MAX_CONNECTIONS; i++) {
                    more.add(new Raw());
                    more.getLast().send(ping(), 1);
                    assertThat(more.getLast().line()).isEqualTo("+PONG");
                }
                try (Raw tooMany = new Raw()) {
                    assertThat(tooMany.line()).isEqualTo("-ERR max number of clients reached");
                    assertThat(tooMany.line()).as("and is closed").isNull();
                }
            } finally {
                more.forEach(Raw::close);
            }
            for (Raw client : clients) {
                for (int i = 0; i < PIPELINED; i++) {
                    assertThat(client.line()).isEqualTo("+OK");
                }
            }
            for (Thread writer : writers) {
                assertThat(join(writer)).isTrue();
            }
            await().atMost(Duration.ofSeconds(20)).until(LimitsIT.this::isAccepted);
        } finally {
            clients.forEach(Raw::close);
        }
        assertThat(cell.worker("worker-1").isAlive()).isTrue();
    }

    /** Unbounded, the replies owed would be 2.5 GB. */
    @Test
    void clients_that_do_not_read_their_replies_slow_down_only_themselves() throws IOException {
        byte[] get = request("GET", "large");
        List<Raw> slow = new ArrayList<>();
        try (Raw client = new Raw()) {
            client.send(set("large", "v".repeat(LARGE)), 1);
            assertThat(client.line()).isEqualTo("+OK");
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                Raw each = new Raw();
                slow.add(each);
                writers.add(Thread.ofVirtual().start(() -> each.send(get, PIPELINED)));
            }
            await().until(() -> slow.stream().allMatch(c -> c.available() > 0));
            for (int i = 0; i < 100; i++) {
                client.send(set("other", "v"), 1);
                assertThat(client.line()).isEqualTo("+OK");
            }
            for (Raw each : slow.subList(0, 5)) {
                for (int i = 0; i < PIPELINED; i++) {
                    assertThat(each.line()).isEqualTo("$" + LARGE);
                    assertThat(each.line()).hasSize(LARGE);
                }
            }
            for (Thread writer : writers) {
                assertThat(join(writer)).isTrue();
            }
        } finally {
            slow.forEach(Raw::close);
        }
        assertThat(cell.worker("worker-1").isAlive()).isTrue();
    }

    /** 250 MB of large rows, all to be replayed at once: two and a half times the heap. */
    @Test
    void a_huge_backlog_of_large_rows_is_replayed_within_little_memory() throws IOException {
        String value = "v".repeat(LARGE);
        try (Raw client = new Raw()) {
            for (int i = 0; i < 500; i++) {
                client.send(set("large-" + i, value), 1);
                assertThat(client.line()).isEqualTo("+OK");
            }
        }
        cell.worker("worker-1").kill();
        cell.loseDisk("worker-1");
        cell.restartWorker("worker-1");
        cell.awaitServing("shard-1");
        try (Raw client = new Raw()) {
            for (int i = 0; i < 500; i += 50) {
                client.send(request("STRLEN", "large-" + i), 1);
                assertThat(client.line()).isEqualTo(":" + LARGE);
            }
        }
        assertThat(cell.worker("worker-1").isAlive()).isTrue();
    }

    private boolean isAccepted() {
        try (Raw client = new Raw()) {
            client.send(ping(), 1);
            return "+PONG".equals(client.line());
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean join(Thread thread) {
        try {
            return thread.join(Duration.ofSeconds(60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static byte[] ping() {
        return request("PING");
    }

    private static byte[] set(String key, String value) {
        return request("SET", key, value);
    }

    private static byte[] request(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString().getBytes(US_ASCII);
    }

    /** A connection that sends bytes and reads lines, and nothing by itself. */
    private final class Raw implements AutoCloseable {
        private final Socket socket = new Socket();
        private final InputStream in;

        Raw() throws IOException {
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), cell.endpoint(1).port()));
            socket.setSoTimeout(60_000);
            in = new BufferedInputStream(socket.getInputStream());
        }

        void send(byte[] request, int times) {
            try {
                for (int i = 0; i < times; i++) {
                    socket.getOutputStream().write(request);
                }
            } catch (IOException e) {
                throw new AssertionError("the worker broke off", e);
            }
        }

        int available() {
            try {
                return in.available();
            } catch (IOException e) {
                throw new AssertionError("the worker broke off", e);
            }
        }

        /** Null at the end. */
        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next == '\n') {
                    return line.substring(0, line.length() - 1);
                }
                line.append((char) next);
            }
            return null;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
