package dev.kedge.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.model.ReadReplicaState;
import dev.kedge.router.OperationObserver.Ended;
import dev.kedge.router.OperationObserver.Result;
import dev.kedge.schemas.routing.RoutingRecord.ReadReplicaRoute;
import dev.kedge.schemas.routing.RoutingRecord.TabletRoute;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the client does with each answer of a worker. Keys below "m" are on worker one, the others on worker two. */
final class KedgeClientTest {
    private static final ClientSettings SETTINGS =
            ClientSettings.DEFAULTS.withDeadline(Duration.ofSeconds(2)).withRequestTimeout(Duration.ofMillis(300));

    private final PublishedRouting routing = new PublishedRouting();
    private final List<Ended> ended = new CopyOnWriteArrayList<>();
    private final KedgeClient client = new KedgeClient(routing, SETTINGS, ended::add);
    private final KeyspaceClient keys = client.keyspace("ks");
    private ScriptedWorker one;
    private ScriptedWorker two;

    @BeforeEach
    void start() throws IOException {
        one = new ScriptedWorker();
        two = new ScriptedWorker();
        routing.publish(Maps.with(
                RoutingMap.EMPTY,
                Maps.keyspace("ks"),
                Maps.worker("w1", one.port()),
                Maps.worker("w2", two.port()),
                Maps.shard("s1", "w1"),
                Maps.shard("s2", "w2"),
                Maps.tablet("ks", "m", "s2"),
                Maps.tablet("ks", "", "s1")));
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        one.close();
        two.close();
    }

    private void moveFirstTabletToTwo() {
        routing.publish(Maps.with(routing.map(), Maps.tablet("ks", "", "s2")));
    }

    @Test
    void goesToTheOwnerAndSelectsTheKeyspaceOncePerConnection() {
        one.answering(command -> "$1\r\n1");
        two.answering(command -> "$-1");
        assertThat(keys.get("a")).isEqualTo("1");
        assertThat(keys.get("b")).isEqualTo("1");
        assertThat(keys.get("z")).isNull();
        assertThat(one.receivedWithSelect())
                .containsExactly(List.of("SELECT", "ks"), List.of("GET", "a"), List.of("GET", "b"));
        assertThat(two.received()).containsExactly(List.of("GET", "z"));
    }

    private void follow(String start, String owner, String follower, ReadReplicaState state) {
        routing.publish(Maps.with(
                routing.map(),
                new TabletRoute(
                        "ks",
                        Bytes.utf8(start),
                        owner,
                        null,
                        List.of(new ReadReplicaRoute("r1", 1, state, follower, 1_000)))));
    }

    @Test
    void aReadThatMayBeStaleGoesToAReplicaThatPromisesAsMuch() {
        follow("", "s1", "s2", ReadReplicaState.FOLLOWING);
        one.answering(command -> "$5\r\nowner");
        two.answering(command -> command.get(0).equals("MGET") ? "*2\r\n$-1\r\n$3\r\nold" : "$3\r\nold");
        KeyspaceClient stale = keys.withStaleness(Duration.ofSeconds(1));
        assertThat(stale.get("a")).isEqualTo("old");
        assertThat(stale.mget(List.of(Bytes.utf8("a"), Bytes.utf8("b")))).containsExactly(null, Bytes.utf8("old"));
        assertThat(keys.get("a")).isEqualTo("owner");
        assertThat(keys.withStaleness(Duration.ofMillis(999)).get("a")).isEqualTo("owner");
        assertThat(two.received()).containsExactly(List.of("READONLY"), List.of("GET", "a"), List.of("MGET", "a", "b"));
        stale.set("a", "1");
        assertThat(one.received()).contains(List.of("SET", "a", "1"));
    }

    @Test
    void aReplicaThatHasNothingToSayIsNotWaitedFor() {
        follow("", "s1", "s2", ReadReplicaState.FOLLOWING);
        one.answering(command -> "$5\r\nowner");
        KeyspaceClient stale = keys.withStaleness(Duration.ofSeconds(5));
        for (String answer : List.of("-MOVED 0 127.0.0.1:" + one.port(), "-TRYAGAIN opening", ScriptedWorker.HANG_UP)) {
            two.answering(command -> command.get(0).equals("READONLY") ? "+OK" : answer);
            assertThat(stale.get("a")).as(answer).isEqualTo("owner");
        }
        for (ReadReplicaState state : List.of(ReadReplicaState.COPYING, ReadReplicaState.LEAVING)) {
            follow("", "s1", "s2", state);
            int asked = two.received().size();
            assertThat(stale.get("a")).isEqualTo("owner");
            assertThat(two.received()).hasSize(asked);
        }
    }

    @Test
    void aStalenessBelowAMillisecondIsRefused() {
        assertThatThrownBy(() -> keys.withStaleness(Duration.ofNanos(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least a millisecond");
    }

    @Test
    void saysEachOperationAsRedisDoes() {
        one.answering(command -> switch (command.get(0)) {
            case "SET" -> command.size() == 3 ? "+OK" : command.get(3).equals("XX") ? "$-1" : "+OK";
            case "DEL", "EXISTS" -> ":1";
            case "INCRBY", "APPEND" -> ":42";
            case "GETDEL" -> "$3\r\nold";
            default -> "-ERR";
        });
        Bytes a = Bytes.utf8("a");
        keys.set("a", "1");
        assertThat(keys.setIfAbsent(a, Bytes.utf8("1"))).isTrue();
        assertThat(keys.setIfPresent(a, Bytes.utf8("1"))).isFalse();
        assertThat(keys.setIfEqual(a, Bytes.utf8("1"), Bytes.utf8("2"))).isTrue();
        assertThat(keys.del("a")).isTrue();
        assertThat(keys.exists(a)).isTrue();
        assertThat(keys.incrBy(a, -5)).isEqualTo(42);
        assertThat(keys.append(a, Bytes.utf8("x"))).isEqualTo(42);
        assertThat(keys.getDel(a)).isEqualTo(Bytes.utf8("old"));
        assertThat(one.received())
                .containsExactly(
                        List.of("SET", "a", "1"),
                        List.of("SET", "a", "1", "NX"),
                        List.of("SET", "a", "1", "XX"),
                        List.of("SET", "a", "2", "IFEQ", "1"),
                        List.of("DEL", "a"),
                        List.of("EXISTS", "a"),
                        List.of("INCRBY", "a", "-5"),
                        List.of("APPEND", "a", "x"),
                        List.of("GETDEL", "a"));
    }

    @Test
    void mgetAsksEachShardOnceAndKeepsTheOrder() {
        one.answering(command -> "*2\r\n$1\r\nA\r\n$-1");
        two.answering(command -> "$1\r\nZ");
        assertThat(keys.mget(List.of(Bytes.utf8("a"), Bytes.utf8("z"), Bytes.utf8("b"))))
                .containsExactly(Bytes.utf8("A"), Bytes.utf8("Z"), null);
        assertThat(one.received()).containsExactly(List.of("MGET", "a", "b"));
        assertThat(two.received()).containsExactly(List.of("GET", "z"));
    }

    @Test
    void mgetAsksKeyByKeyWhenTheShardSaysTheyAreNotTogetherAnyMore() {
        one.answering(command ->
                command.get(0).equals("MGET") ? "-CROSSSLOT keys of several shards" : "$1\r\n" + command.get(1));
        assertThat(keys.mget(List.of(Bytes.utf8("a"), Bytes.utf8("b"))))
                .containsExactly(Bytes.utf8("a"), Bytes.utf8("b"));
    }

    @Test
    void msetAsksEachShardOnce() {
        Map<Bytes, Bytes> rows = new LinkedHashMap<>();
        for (String key : List.of("a", "z", "b")) {
            rows.put(Bytes.utf8(key), Bytes.utf8(key.toUpperCase(Locale.ROOT)));
        }
        keys.mset(rows);
        assertThat(one.received()).containsExactly(List.of("MSET", "a", "A", "b", "B"));
        assertThat(two.received()).containsExactly(List.of("MSET", "z", "Z"));
    }

    @Test
    void msetSetsKeyByKeyWhenTheShardSaysTheyAreNotTogetherAnyMore() {
        one.answering(command -> command.get(0).equals("MSET") ? "-CROSSSLOT keys of several shards" : "+OK");
        keys.mset(Map.of(Bytes.utf8("a"), Bytes.utf8("1"), Bytes.utf8("b"), Bytes.utf8("2")));
        assertThat(one.received()).contains(List.of("SET", "a", "1"), List.of("SET", "b", "2"));
    }

    @Test
    void followsMovedAtOnceWithoutWaitingForTheMap() {
        one.answering(command -> "-MOVED 0 localhost:" + two.port());
        keys.set("a", "1");
        assertThat(two.received()).containsExactly(List.of("SET", "a", "1"));
        assertThat(ended).singleElement().satisfies(e -> {
            assertThat(e.redirects()).isEqualTo(1);
            assertThat(e.retries()).isZero();
            assertThat(e.result()).isEqualTo(Result.OK);
        });
    }

    @Test
    void waitsForTheMapWhenRedirectsRepeat() {
        AtomicInteger asked = new AtomicInteger();
        one.answering(command -> {
            if (asked.incrementAndGet() == 3) {
                two.answering(c -> "+OK");
                new Thread(this::moveFirstTabletToTwo).start();
            }
            return "-MOVED 0 localhost:" + two.port();
        });
        two.answering(command -> "-MOVED 0 localhost:" + one.port());
        keys.set("a", "1");
        assertThat(ended)
                .singleElement()
                .satisfies(e -> assertThat(e.redirects()).isGreaterThanOrEqualTo(3));
        assertThat(two.received()).contains(List.of("SET", "a", "1"));
    }

    @Test
    void repeatsAWriteThatWasNotExecuted() {
        AtomicInteger asked = new AtomicInteger();
        one.answering(command -> switch (asked.incrementAndGet()) {
            case 1 -> "-TRYAGAIN the shard opens";
            case 2 -> "-CLUSTERDOWN no owner";
            default -> ":1";
        });
        assertThat(keys.incrBy(Bytes.utf8("a"), 1)).isEqualTo(1);
        assertThat(ended.get(0).retries()).isEqualTo(2);
    }

    @Test
    void doesNotRepeatAWriteWhoseConnectionBroke() {
        one.answering(command -> ScriptedWorker.HANG_UP);
        assertThatThrownBy(() -> keys.incrBy(Bytes.utf8("a"), 1))
                .isInstanceOf(IndeterminateOutcomeException.class)
                .hasMessageContaining("INCRBY of key a")
                .hasMessageContaining("outcome is unknown")
                .hasMessageContaining("read the key to find out");
        assertThat(one.received()).hasSize(1);
        assertThat(ended.get(0).result()).isEqualTo(Result.INDETERMINATE);
    }

    @Test
    void doesNotRepeatAWriteThatGotNoAnswerInTime() {
        one.answering(command -> ScriptedWorker.SILENCE);
        assertThatThrownBy(() -> keys.set("a", "1")).isInstanceOf(IndeterminateOutcomeException.class);
        assertThat(one.received()).hasSize(1);
    }

    @Test
    void doesNotRepeatAWriteThatTheWorkerCallsIndeterminate() {
        one.answering(command -> "-INDETERMINATE the append failed");
        assertThatThrownBy(() -> keys.set("a", "1"))
                .isInstanceOf(IndeterminateOutcomeException.class)
                .hasMessageContaining("the append failed");
        assertThat(one.received()).hasSize(1);
    }

    @Test
    void repeatsAReadWhateverHappened() {
        AtomicInteger asked = new AtomicInteger();
        one.answering(command -> switch (asked.incrementAndGet()) {
            case 1 -> ScriptedWorker.HANG_UP;
            case 2 -> ScriptedWorker.SILENCE;
            default -> "$1\r\n7";
        });
        assertThat(keys.get("a")).isEqualTo("7");
        assertThat(one.received()).hasSize(3);
    }

    @Test
    void waitsForAWorkerThatIsNotThereYet() throws IOException {
        int port;
        try (ServerSocket reserved = new ServerSocket(0)) {
            port = reserved.getLocalPort();
        }
        routing.publish(Maps.with(routing.map(), Maps.worker("w1", port)));
        CompletableFuture<Void> write = CompletableFuture.runAsync(() -> keys.set("a", "1"));
        assertThat(write).isNotDone();
        try (ScriptedWorker late = new ScriptedWorker(port)) {
            write.join();
            assertThat(late.received()).containsExactly(List.of("SET", "a", "1"));
        }
    }

    @Test
    void aRestartedWorkerDoesNotMakeWritesIndeterminate() throws IOException {
        KedgeClient checking = new KedgeClient(
                routing,
                new ClientSettings(
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        2,
                        Duration.ofMillis(1),
                        Duration.ofMillis(50),
                        Duration.ZERO),
                OperationObserver.NONE);
        try (checking) {
            checking.keyspace("ks").set("a", "1");
            one.dropConnections();
            checking.keyspace("ks").set("a", "2");
            assertThat(one.received()).hasSize(2);
        }
    }

    @Test
    void givesUpAtTheDeadlineAndSaysThatNothingHappened() {
        one.answering(command -> "-TRYAGAIN the shard opens");
        long before = System.nanoTime();
        assertThatThrownBy(() -> keys.set("a", "1"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("within 2000 ms")
                .hasMessageContaining("had no effect")
                .hasMessageContaining("TRYAGAIN the shard opens");
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isBetween(Duration.ofMillis(1900), Duration.ofSeconds(5));
    }

    @Test
    void namesTheKeyspaceThatIsNotThere() {
        assertThatThrownBy(() -> client.keyspace("nope").get("a"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("the keyspace 'nope' is not in the routing map")
                .hasMessageContaining("kedge keyspace create");
    }

    @Test
    void passesOnWhatTheWorkerRefuses() {
        one.answering(command -> "-ERR value is not an integer or out of range");
        assertThatThrownBy(() -> keys.incrBy(Bytes.utf8("a"), 1))
                .isExactlyInstanceOf(RefusedException.class)
                .hasMessageContaining("value is not an integer");
        assertThat(one.received()).hasSize(1);
    }

    @Test
    void boundsItsConnections() {
        KedgeClient narrow = new KedgeClient(routing, SETTINGS.withConnectionsPerEndpoint(2), OperationObserver.NONE);
        try (narrow) {
            one.answering(command -> "+OK");
            var writes = java.util.stream.IntStream.range(0, 40)
                    .mapToObj(i -> CompletableFuture.runAsync(
                            () -> narrow.keyspace("ks").set("a" + i, "1")))
                    .toList();
            writes.forEach(CompletableFuture::join);
            assertThat(one.receivedWithSelect().stream().filter(c -> c.get(0).equals("SELECT")))
                    .hasSizeLessThanOrEqualTo(2);
        }
    }
}
