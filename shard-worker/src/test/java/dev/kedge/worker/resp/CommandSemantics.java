package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.worker.resp.RawClient.Bulk;
import dev.kedge.worker.resp.RawClient.Err;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Every command, well and badly used: what it means to clients, whatever stores the rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CommandSemantics {
    private static final int CHUNK_BYTES = 500_000;

    /** Names of commands, and of subcommands behind their commands'. */
    final Set<String> sent = new TreeSet<>();

    private Serving worker;
    private RawClient client;

    /** Called once. */
    abstract Serving startWorker() throws Exception;

    @BeforeAll
    void start() throws Exception {
        worker = startWorker();
    }

    @BeforeEach
    void connect() {
        worker.clear();
        client = worker.connect();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @AfterAll
    void stop() {
        worker.close();
    }

    final Object ask(String... args) {
        String name = args[0].toLowerCase(Locale.ROOT);
        sent.add(name);
        if (args.length > 1) {
            sent.add(name + "|" + args[1].toLowerCase(Locale.ROOT));
        }
        return client.ask(args);
    }

    final List<Object> askList(String... args) {
        return list(ask(args));
    }

    static List<Object> list(Object reply) {
        return new ArrayList<>((List<?>) reply);
    }

    static Err err(String text) {
        return new Err(text);
    }

    private static final Err SYNTAX = err("ERR syntax error");
    private static final Err NOT_AN_INTEGER = err("ERR value is not an integer or out of range");
    private static final Err CROSS_SLOT = err("CROSSSLOT Keys in request don't hash to the same slot");

    @Test
    void values_are_set_and_read() {
        assertThat(ask("GET", "k")).isNull();
        assertThat(ask("SET", "k", "v")).isEqualTo("OK");
        assertThat(ask("GET", "k")).isEqualTo("v");
        assertThat(ask("get", "k")).isEqualTo("v");
        assertThat(ask("STRLEN", "k")).isEqualTo(1L);
        assertThat(ask("STRLEN", "absent")).isEqualTo(0L);
        assertThat(ask("GETSET", "k", "w")).isEqualTo("v");
        assertThat(ask("GETDEL", "k")).isEqualTo("w");
        assertThat(ask("GETDEL", "k")).isNull();
        assertThat(ask("SET", "", "of the empty key")).isEqualTo("OK");
        assertThat(ask("GET", "")).isEqualTo("of the empty key");
        assertThat(ask("SET", "k", "")).isEqualTo("OK");
        assertThat(ask("GET", "k")).isEqualTo("");
    }

    @Test
    void set_takes_conditions() {
        assertThat(ask("SET", "k", "1", "XX")).isNull();
        assertThat(ask("SET", "k", "1", "NX")).isEqualTo("OK");
        assertThat(ask("SET", "k", "2", "nx")).isNull();
        assertThat(ask("SET", "k", "2", "XX")).isEqualTo("OK");
        assertThat(ask("SET", "k", "3", "IFEQ", "1")).isNull();
        assertThat(ask("SET", "k", "3", "IFEQ", "2")).isEqualTo("OK");
        assertThat(ask("SET", "k", "4", "GET")).isEqualTo("3");
        assertThat(ask("SET", "k", "5", "NX", "GET")).isEqualTo("4");
        assertThat(ask("SET", "k", "5", "GET", "IFEQ", "4")).isEqualTo("4");
        assertThat(ask("GET", "k")).isEqualTo("5");
        assertThat(ask("SETNX", "k", "6")).isEqualTo(0L);
        assertThat(ask("SETNX", "new", "6")).isEqualTo(1L);
        assertThat(ask("SETNX", "new")).isEqualTo(err("ERR wrong number of arguments for 'setnx' command"));
    }

    @Test
    void set_refuses_what_it_does_not_know() {
        assertThat(ask("SET", "k")).isEqualTo(err("ERR wrong number of arguments for 'set' command"));
        assertThat(ask("SET", "k", "v", "NX", "XX")).isEqualTo(SYNTAX);
        assertThat(ask("SET", "k", "v", "NX", "IFEQ", "a")).isEqualTo(SYNTAX);
        assertThat(ask("SET", "k", "v", "IFEQ")).isEqualTo(SYNTAX);
        assertThat(ask("SET", "k", "v", "BOGUS")).isEqualTo(SYNTAX);
        for (String expiry : List.of("EX", "PX", "EXAT", "PXAT", "KEEPTTL")) {
            assertThat(ask("SET", "k", "v", expiry, "10"))
                    .isEqualTo(err("ERR SET's option " + expiry
                            + " is not supported: keys do not expire here, they stay until they are deleted"));
        }
        assertThat(ask("GET", "k")).as("nothing was set").isNull();
    }

    @Test
    void several_keys_must_lie_on_one_shard() {
        assertThat(ask("MSET", "{a}1", "x", "{a}2", "y")).isEqualTo("OK");
        assertThat(ask("MGET", "{a}1", "{a}3", "{a}2")).isEqualTo(Arrays.asList("x", null, "y"));
        assertThat(ask("EXISTS", "{a}1", "{a}1", "{a}3")).isEqualTo(2L);
        assertThat(ask("DEL", "{a}1", "{a}3")).isEqualTo(1L);
        assertThat(ask("UNLINK", "{a}2")).isEqualTo(1L);
        // "a" has slot 15495 (shard s2), "b" 3300 (s1).
        assertThat(ask("MSET", "a", "x", "b", "y")).isEqualTo(CROSS_SLOT);
        assertThat(ask("MGET", "a", "b")).isEqualTo(CROSS_SLOT);
        assertThat(ask("DEL", "a", "b")).isEqualTo(CROSS_SLOT);
        assertThat(ask("EXISTS", "a", "b")).isEqualTo(CROSS_SLOT);
        assertThat(ask("MSET", "a", "x", "b")).isEqualTo(err("ERR wrong number of arguments for 'mset' command"));
        assertThat(ask("MSET")).isEqualTo(err("ERR wrong number of arguments for 'mset' command"));
        assertThat(ask("MGET")).isEqualTo(err("ERR wrong number of arguments for 'mget' command"));
    }

    @Test
    void counters_count() {
        assertThat(ask("INCR", "n")).isEqualTo(1L);
        assertThat(ask("INCRBY", "n", "41")).isEqualTo(42L);
        assertThat(ask("DECR", "n")).isEqualTo(41L);
        assertThat(ask("DECRBY", "n", "50")).isEqualTo(-9L);
        assertThat(ask("INCRBY", "n", "-1")).isEqualTo(-10L);
        for (String wrong : List.of("", "x", "1.5", "+1", "01", " 1", "--1", "-", "9223372036854775808", "1e3")) {
            assertThat(ask("INCRBY", "n", wrong)).as(wrong).isEqualTo(NOT_AN_INTEGER);
        }
        assertThat(ask("INCRBY", "m", "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(ask("INCR", "m")).isEqualTo(err("ERR increment or decrement would overflow"));
        assertThat(ask("DECRBY", "m", "-9223372036854775808")).isEqualTo(err("ERR decrement would overflow"));
        assertThat(ask("INCRBY", "l", "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
        ask("SET", "text", "abc");
        assertThat(ask("INCR", "text")).isEqualTo(NOT_AN_INTEGER);
    }

    @Test
    void values_are_appended_to() {
        assertThat(ask("APPEND", "k", "ab")).isEqualTo(2L);
        assertThat(ask("APPEND", "k", "cde")).isEqualTo(5L);
        assertThat(ask("GET", "k")).isEqualTo("abcde");
    }

    @Test
    void a_value_does_not_outgrow_its_limit() {
        int most = worker.maxValueBytes();
        long length = 0;
        while (length < most) {
            int more = (int) Math.min(CHUNK_BYTES, most - length);
            length += more;
            assertThat(ask("APPEND", "k", "x".repeat(more))).isEqualTo(length);
        }
        assertThat(ask("APPEND", "k", "y"))
                .isEqualTo(err("ERR the value would have " + (most + 1) + " bytes; the limit is " + most));
        assertThat(ask("STRLEN", "k")).as("nothing was appended").isEqualTo(length);
    }

    @Test
    void unknown_commands_and_wrong_arity_are_worded_as_in_redis() {
        assertThat(ask("FLUSHALL")).isEqualTo(err("ERR unknown command 'FLUSHALL', with args beginning with: "));
        assertThat(ask("LPUSH", "list", "a\r\nb"))
                .isEqualTo(err("ERR unknown command 'LPUSH', with args beginning with: 'list' 'a  b' "));
        assertThat(ask("GET")).isEqualTo(err("ERR wrong number of arguments for 'get' command"));
        assertThat(ask("GET", "a", "b")).isEqualTo(err("ERR wrong number of arguments for 'get' command"));
        assertThat(ask("CLIENT")).isEqualTo(err("ERR wrong number of arguments for 'client' command"));
        assertThat(ask("CLIENT", "NO-EVICT", "on"))
                .isEqualTo(err("ERR unknown subcommand 'NO-EVICT'. Try CLIENT HELP."));
        assertThat(ask("CLIENT", "SETNAME"))
                .isEqualTo(err("ERR wrong number of arguments for 'client|setname' command"));
        assertThat(ask("CONFIG", "SET", "save", "1")).isEqualTo(err("ERR unknown subcommand 'SET'. Try CONFIG HELP."));
        assertThat(ask("x".repeat(1000)).toString()).hasSizeLessThan(300);
    }

    @Test
    void the_connection_answers_for_itself() {
        assertThat(ask("PING")).isEqualTo("PONG");
        assertThat(client.askExactly("PING", "hi")).isEqualTo(new Bulk("hi"));
        assertThat(ask("PING", "a", "b")).isEqualTo(err("ERR wrong number of arguments for 'ping' command"));
        assertThat(ask("ECHO", "hi")).isEqualTo("hi");
        assertThat(ask("READONLY")).isEqualTo("OK");
        assertThat(ask("READWRITE")).isEqualTo("OK");
        assertThat(ask("AUTH", "secret").toString())
                .contains("ERR AUTH <password> called without any password configured");
        assertThat(ask("CLIENT", "GETNAME")).isNull();
        assertThat(ask("CLIENT", "SETNAME", "me")).isEqualTo("OK");
        assertThat(ask("CLIENT", "GETNAME")).isEqualTo("me");
        assertThat(ask("CLIENT", "SETNAME", "a b"))
                .isEqualTo(err("ERR Client names cannot contain spaces, newlines or special characters."));
        assertThat((Long) ask("CLIENT", "ID")).isPositive();
        assertThat(ask("CLIENT", "SETINFO", "LIB-NAME", "jedis")).isEqualTo("OK");
        assertThat(ask("CLIENT", "SETINFO", "lib-ver", "1.0")).isEqualTo("OK");
        assertThat(ask("CLIENT", "SETINFO", "lib-ver", "1 0"))
                .isEqualTo(err("ERR lib-ver cannot contain spaces, newlines or special characters."));
        assertThat(ask("CLIENT", "SETINFO", "lib-x", "1")).isEqualTo(err("ERR Unrecognized option 'lib-x'"));
        assertThat((String) ask("CLIENT", "INFO")).contains("name=me", "lib-name=jedis", "lib-ver=1.0", "resp=2");
        assertThat(askList("CLIENT", "HELP")).contains("SETNAME");
        assertThat(ask("QUIT")).isEqualTo("OK");
        assertThat(client.closed()).isTrue();
    }

    @Test
    void hello_changes_the_protocol() {
        assertThat(askList("HELLO")).startsWith("server", "kedge", "version", "7.2.0", "proto", 2L);
        assertThat(ask("HELLO", "4")).isEqualTo(err("NOPROTO unsupported protocol version"));
        assertThat(ask("HELLO", "x")).isEqualTo(err("ERR Protocol version is not an integer or out of range"));
        assertThat(ask("HELLO", "3", "AUTH", "u", "p").toString()).contains("without any password configured");
        assertThat(ask("HELLO", "3", "BOGUS")).isEqualTo(err("ERR Syntax error in HELLO option 'BOGUS'"));
        assertThat(ask("HELLO", "3", "SETNAME")).isEqualTo(err("ERR Syntax error in HELLO option 'SETNAME'"));
        assertThat(ask("CLIENT", "GETNAME"))
                .as("a HELLO that is refused changes nothing")
                .isNull();
        Map<?, ?> hello = (Map<?, ?>) ask("HELLO", "3", "SETNAME", "me");
        assertThat(hello.get("proto")).isEqualTo(3L);
        assertThat(hello.get("mode")).isEqualTo("cluster");
        assertThat(hello.get("role")).isEqualTo("master");
        assertThat(ask("CLIENT", "GETNAME")).isEqualTo("me");
        client.raw(RawClient.command("GET", "absent"));
        assertThat(client.reply()).isNull();
        client.raw("*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n");
        assertThat(list(client.reply())).hasSize(14);
    }

    @Test
    void resp3_has_its_own_types() {
        ask("HELLO", "3");
        client.raw(RawClient.command("GET", "absent"));
        assertThat(rawLine()).isEqualTo("_");
        client.raw(RawClient.command("CONFIG", "GET", "save"));
        assertThat(rawLine()).isEqualTo("%1");
        assertThat(List.of(rawLine(), rawLine(), rawLine(), rawLine())).containsExactly("$4", "save", "$0", "");
        client.raw(RawClient.command("INFO", "cluster"));
        assertThat(rawLine()).startsWith("=");
        assertThat(rawLine()).isEqualTo("txt:# Cluster");
    }

    private String rawLine() {
        StringBuilder line = new StringBuilder();
        try {
            for (int b = client.socket.getInputStream().read();
                    b != '\n';
                    b = client.socket.getInputStream().read()) {
                if (b != '\r') {
                    line.append((char) b);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString();
    }

    @Test
    void select_takes_keyspaces_by_name() {
        ask("SET", "k", "hashed");
        assertThat(ask("SELECT", "ordered")).isEqualTo("OK");
        assertThat(ask("GET", "k")).isNull();
        ask("SET", "k", "ordered");
        assertThat(ask("DBSIZE")).isEqualTo(1L);
        assertThat(ask("MSET", "a", "1", "b", "2"))
                .as("one shard, whatever the slots")
                .isEqualTo("OK");
        assertThat(ask("MSET", "a", "1", "z", "2")).isEqualTo(CROSS_SLOT);
        assertThat(ask("SELECT", "nowhere"))
                .isEqualTo(
                        err(
                                "ERR there is no keyspace 'nowhere': SELECT takes a keyspace's name, or 0 for the default one"));
        assertThat(ask("GET", "k")).as("a refused SELECT changes nothing").isEqualTo("ordered");
        assertThat(ask("SELECT", "0")).isEqualTo("OK");
        assertThat(ask("GET", "k")).isEqualTo("hashed");
        assertThat(ask("SELECT", "default")).isEqualTo("OK");
        assertThat(ask("DBSIZE")).isEqualTo(1L);
        assertThat(ask("SELECT", "1").toString()).contains("there is no keyspace '1'");
    }

    @Test
    void keys_are_listed_and_counted() {
        List<Object> keys = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            keys.add("key:" + i);
            ask("SET", "key:" + i, "v");
        }
        assertThat(ask("DBSIZE")).isEqualTo(100L);
        assertThat(ask("DBSIZE", "x")).isEqualTo(err("ERR wrong number of arguments for 'dbsize' command"));
        List<Object> all = askList("SCAN", "0", "COUNT", "1000");
        assertThat(all.getFirst()).isEqualTo("0");
        assertThat(list(all.get(1))).containsExactlyInAnyOrderElementsOf(keys);
        List<Object> some = askList("SCAN", "0", "MATCH", "key:1?", "COUNT", "1000", "TYPE", "string");
        assertThat(list(some.get(1))).hasSize(10);
        assertThat(list(askList("SCAN", "0", "TYPE", "list").get(1))).isEmpty();
        assertThat(ask("SCAN", "x")).isEqualTo(err("ERR invalid cursor"));
        assertThat(ask("SCAN", "-1")).isEqualTo(err("ERR invalid cursor"));
        assertThat(ask("SCAN", "18446744073709551615")).isEqualTo(err("ERR invalid cursor"));
        assertThat(ask("SCAN", "0", "COUNT")).isEqualTo(SYNTAX);
        assertThat(ask("SCAN", "0", "COUNT", "0")).isEqualTo(SYNTAX);
        assertThat(ask("SCAN", "0", "COUNT", "x")).isEqualTo(NOT_AN_INTEGER);
        assertThat(ask("SCAN", "0", "BOGUS", "x")).isEqualTo(SYNTAX);
    }

    @Test
    void slots_are_looked_into() {
        assertThat(ask("CLUSTER", "KEYSLOT", "foo")).isEqualTo(12182L);
        assertThat(ask("CLUSTER", "KEYSLOT", "{foo}bar")).isEqualTo(12182L);
        ask("MSET", "{foo}1", "x", "{foo}2", "x", "{foo}3", "x");
        assertThat(ask("CLUSTER", "COUNTKEYSINSLOT", "12182")).isEqualTo(3L);
        assertThat(ask("CLUSTER", "COUNTKEYSINSLOT", "0")).isEqualTo(0L);
        assertThat(ask("CLUSTER", "COUNTKEYSINSLOT", "16383")).isEqualTo(0L);
        assertThat(ask("CLUSTER", "GETKEYSINSLOT", "12182", "2")).isEqualTo(List.of("{foo}1", "{foo}2"));
        assertThat(ask("CLUSTER", "GETKEYSINSLOT", "12182", "0")).isEqualTo(List.of());
        assertThat(ask("CLUSTER", "COUNTKEYSINSLOT", "16384")).isEqualTo(err("ERR Invalid slot"));
        assertThat(ask("CLUSTER", "COUNTKEYSINSLOT", "-1")).isEqualTo(err("ERR Invalid slot"));
        assertThat(ask("CLUSTER", "COUNTKEYSINSLOT", "x")).isEqualTo(NOT_AN_INTEGER);
        assertThat(ask("CLUSTER", "GETKEYSINSLOT", "1", "-1")).isEqualTo(err("ERR Invalid slot or number of keys"));
        assertThat(ask("CLUSTER", "GETKEYSINSLOT", "1", "100000").toString()).contains("use SCAN");
    }

    @Test
    void config_tells_what_tools_ask() {
        assertThat(ask("CONFIG", "GET", "save")).isEqualTo(List.of("save", ""));
        assertThat(ask("CONFIG", "GET", "append*")).isEqualTo(List.of("appendonly", "yes"));
        assertThat(ask("CONFIG", "GET", "bogus")).isEqualTo(List.of());
        assertThat(ask("CONFIG", "GET")).isEqualTo(err("ERR wrong number of arguments for 'config|get' command"));
        assertThat(askList("CONFIG", "HELP")).isNotEmpty();
    }

    @Test
    void the_table_of_commands_is_told() {
        long count = (Long) ask("COMMAND", "COUNT");
        List<Object> all = askList("COMMAND");
        assertThat(all).hasSize((int) count);
        assertThat(askList("COMMAND", "LIST")).hasSize((int) count).contains("get", "cluster");
        assertThat(askList("COMMAND", "INFO")).hasSize((int) count);
        List<Object> some = askList("COMMAND", "INFO", "get", "bogus", "MSET", "client|id");
        assertThat(list(some.getFirst()).subList(0, 6))
                .isEqualTo(List.of("get", 2L, List.of("readonly", "fast"), 1L, 1L, 1L));
        assertThat(some.get(1)).isNull();
        assertThat(list(some.get(2)).subList(0, 6))
                .isEqualTo(List.of("mset", -3L, List.of("write", "denyoom"), 1L, -1L, 2L));
        assertThat(list(some.get(3))).hasSize(10);
        assertThat(askList("COMMAND", "DOCS")).hasSize(2 * (int) count);
        List<Object> docs = askList("COMMAND", "DOCS", "get", "bogus");
        assertThat(docs).hasSize(2);
        assertThat(list(docs.get(1))).startsWith("summary", "Returns the string value of a key.");
        assertThat(ask("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2")).isEqualTo(List.of("a", "b"));
        assertThat(ask("COMMAND", "GETKEYS", "del", "a", "b")).isEqualTo(List.of("a", "b"));
        assertThat(ask("COMMAND", "GETKEYS", "get", "a")).isEqualTo(List.of("a"));
        assertThat(ask("COMMAND", "GETKEYS", "PING")).isEqualTo(err("ERR The command has no key arguments"));
        assertThat(ask("COMMAND", "GETKEYS", "bogus")).isEqualTo(err("ERR Invalid command specified"));
        assertThat(ask("COMMAND", "GETKEYS", "GET"))
                .isEqualTo(err("ERR Invalid number of arguments specified for command"));
        assertThat(askList("COMMAND", "HELP")).isNotEmpty();
    }
}
