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
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Much more than a worker can hold at once, for a worker that can hold little: a heap of 96 MB, and it ends when that does not do. What it does
 * not take in has to wait in the clients' sockets and in Kafka. One worker through all of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(240)
final class LimitsIT {
    private static final String HEAP = "-Xmx96m";
    private static final int CONNECTIONS = 1_000;
    private static final int PIPELINED = 100;
    private static final int MAX_CONNECTIONS = CONNECTIONS + 100;
    private static final int LARGE = 500_000;

    /** What others wait for would take seconds, thousands of times as long as a write; this leaves room for a busy machine. */
    private static final double MOST_SLOWER = 10;

    @TempDir
    static Path dir;

    private TestCell cell;

    @BeforeAll
    void start() {
        cell = TestCell.start(
                dir, TestCell.Setup.shared(1, 1).withWorkers(List.of(HEAP), String.valueOf(MAX_CONNECTIONS)));
    }

    @AfterAll
    void close() {
        if (cell != null) {
            cell.close();
        }
    }

    @Order(1)
    @Test
    void a_hundred_thousand_requests_at_once_are_all_answered_and_one_connection_too_many_is_told_so()
            throws Exception {
        byte[] request = set("key", "v".repeat(1_000));
        // A virtual thread each: where nobody reads, the socket is full and the write waits.
        try (Connections clients = new Connections(CONNECTIONS)) {
            clients.sendEach(request, PIPELINED);
            clients.awaitReplies();
            try (Connections more = new Connections(0);
                    Raw tooMany = more.openUntil(MAX_CONNECTIONS - CONNECTIONS)) {
                assertThat(tooMany.line()).isEqualTo("-ERR max number of clients reached");
                assertThat(tooMany.line()).as("and is closed").isNull();
            }
            for (Raw client : clients.all) {
                for (int i = 0; i < PIPELINED; i++) {
                    assertThat(client.line()).isEqualTo("+OK");
                }
            }
            clients.awaitSent();
            await().atMost(Duration.ofSeconds(20)).until(LimitsIT.this::isAccepted);
        }
        assertThat(cell.worker("worker-1").isAlive()).isTrue();
    }

    /** Unbounded, the replies owed would be 2.5 GB. */
    @Order(2)
    @Test
    void clients_that_do_not_read_their_replies_slow_down_only_themselves() throws Exception {
        byte[] get = request("GET", "large");
        try (Raw client = new Raw();
                Connections slow = new Connections(50)) {
            client.send(set("large", "v".repeat(LARGE)), 1);
            assertThat(client.line()).isEqualTo("+OK");
            medianNanos(client); // the first ones are slow: nothing is compiled yet
            long alone = medianNanos(client);
            slow.sendEach(get, PIPELINED);
            slow.awaitReplies();
            long beside = medianNanos(client);
            assertThat(slow.all).as("nobody has read anything").allMatch(each -> each.available() > 0);
            assertThat((double) beside / alone)
                    .as("%d ns, and %d ns alone", beside, alone)
                    .isLessThan(MOST_SLOWER);
            for (Raw each : slow.all.subList(0, 5)) {
                for (int i = 0; i < PIPELINED; i++) {
                    assertThat(each.line()).isEqualTo("$" + LARGE);
                    assertThat(each.line()).hasSize(LARGE);
                }
            }
            slow.awaitSent();
        }
        assertThat(cell.worker("worker-1").isAlive()).isTrue();
    }

    /** How long a write takes, one after the other. */
    private static long medianNanos(Raw client) throws IOException {
        byte[] request = set("other", "v");
        long[] nanos = new long[200];
        for (int i = 0; i < nanos.length; i++) {
            long begun = System.nanoTime();
            client.send(request, 1);
            assertThat(client.line()).isEqualTo("+OK");
            nanos[i] = System.nanoTime() - begun;
        }
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    /** 250 MB of large rows, all to be replayed at once: two and a half times the heap. */
    @Order(3)
    @Test
    void a_huge_backlog_of_large_rows_is_replayed_within_little_memory() throws IOException {
        String value = "v".repeat(LARGE);
        try (Raw client = new Raw()) {
            for (int i = 0; i < 500; i += 10) {
                for (int k = i; k < i + 10; k++) {
                    client.send(set("large-" + k, value), 1);
                }
                for (int k = i; k < i + 10; k++) {
                    assertThat(client.line()).isEqualTo("+OK");
                }
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

    /** Connections that send all at once; what goes wrong in one of them goes wrong in the test. */
    private final class Connections implements AutoCloseable {
        final List<Raw> all = new ArrayList<>();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final List<Future<?>> senders = new ArrayList<>();

        Connections(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                all.add(new Raw());
            }
        }

        /** Opens connections that are served, and returns the next one. */
        Raw openUntil(int count) throws IOException {
            while (all.size() < count) {
                Raw one = new Raw();
                all.add(one);
                one.send(ping(), 1);
                assertThat(one.line()).isEqualTo("+PONG");
            }
            return new Raw();
        }

        void sendEach(byte[] request, int times) {
            all.forEach(each -> senders.add(threads.submit(() -> each.send(request, times))));
        }

        /** Returns when everyone has got something. */
        void awaitReplies() {
            await().atMost(Duration.ofSeconds(60)).until(() -> all.stream().allMatch(each -> each.available() > 0));
        }

        /** Returns when everything is sent. */
        void awaitSent() throws Exception {
            for (Future<?> sender : senders) {
                sender.get(60, TimeUnit.SECONDS);
            }
        }

        @Override
        public void close() {
            all.forEach(Raw::close);
            threads.shutdownNow();
        }
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
