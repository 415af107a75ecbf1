package dev.kedge.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.model.Bytes;
import dev.kedge.worker.engine.Operation.Condition;
import dev.kedge.worker.engine.Reply.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each operation makes of the values it finds: given these, exactly these rows are written and exactly this is answered. */
class WritesTest {
    private static final int MAX_VALUE_BYTES = 10;
    private static final int MAX_REPLY_BYTES = 15;

    private static final Bytes K = Bytes.utf8("k");
    private static final Bytes L = Bytes.utf8("l");
    private static final Bytes M = Bytes.utf8("m");

    private final Map<Bytes, byte[]> found = new LinkedHashMap<>();

    private void given(Bytes key, String value) {
        found.put(key, bytes(value));
    }

    private static byte[] bytes(String text) {
        return Bytes.utf8(text).array();
    }

    private static Reply value(String text) {
        return new Reply.Value(Bytes.utf8(text));
    }

    /** Plans a write and compares all of it: the rows written in this order ({@code null}: removed), and the answer. */
    private void assertPlan(Operation.Write write, Map<Bytes, String> rows, Reply reply) {
        Writes.Plan plan = Writes.plan(write, found::get, MAX_VALUE_BYTES);
        Map<Bytes, @Nullable String> written = new LinkedHashMap<>();
        plan.rows()
                .forEach((key, value) -> written.put(
                        key, value == null ? null : Bytes.wrap(value).toUtf8()));
        assertThat(written).isEqualTo(rows);
        assertThat(plan.reply()).isEqualTo(reply);
    }

    private static Map<Bytes, @Nullable String> removed(Bytes... keys) {
        Map<Bytes, @Nullable String> rows = new LinkedHashMap<>();
        Arrays.asList(keys).forEach(key -> rows.put(key, null));
        return rows;
    }

    private void assertFails(Operation.Write write, Failure failure, String message) {
        assertPlan(write, Map.of(), new Reply.Failed(failure, message));
    }

    private static Operation.Set set(String value, Condition condition, @Nullable String expected, boolean old) {
        return new Operation.Set(K, Bytes.utf8(value), condition, expected == null ? null : Bytes.utf8(expected), old);
    }

    @ParameterizedTest
    @CsvSource({
        // found, condition, expected, holds
        ",ALWAYS,,true",
        "a,ALWAYS,,true",
        ",IF_ABSENT,,true",
        "a,IF_ABSENT,,false",
        ",IF_PRESENT,,false",
        "a,IF_PRESENT,,true",
        ",IF_EQUAL,a,false",
        "a,IF_EQUAL,a,true",
        "a,IF_EQUAL,b,false"
    })
    void set_happens_where_its_condition_holds(String before, Condition condition, String expected, boolean holds) {
        if (before != null) {
            given(K, before);
        }
        Map<Bytes, String> rows = holds ? Map.of(K, "new") : Map.of();
        assertPlan(set("new", condition, expected, false), rows, holds ? Reply.Ok.OK : Reply.Value.NONE);
        assertPlan(set("new", condition, expected, true), rows, before == null ? Reply.Value.NONE : value(before));
    }

    @Test
    void an_empty_value_is_a_value() {
        assertPlan(set("", Condition.ALWAYS, null, false), Map.of(K, ""), Reply.Ok.OK);
        given(K, "");
        assertPlan(set("new", Condition.IF_ABSENT, null, true), Map.of(), value(""));
        assertPlan(set("new", Condition.IF_EQUAL, "", false), Map.of(K, "new"), Reply.Ok.OK);
    }

    @Test
    void a_value_may_reach_its_limit_and_not_pass_it() {
        assertPlan(set("0123456789", Condition.ALWAYS, null, false), Map.of(K, "0123456789"), Reply.Ok.OK);
        String tooLarge = "the value would have 11 bytes; the limit is 10";
        assertFails(set("0123456789X", Condition.ALWAYS, null, false), Failure.TOO_LARGE, tooLarge);
        assertFails(set("0123456789X", Condition.IF_PRESENT, null, true), Failure.TOO_LARGE, tooLarge);
        assertFails(
                new Operation.MultiSet(List.of(K, L), List.of(Bytes.utf8("small"), Bytes.utf8("0123456789X"))),
                Failure.TOO_LARGE,
                tooLarge);
        given(K, "0123456");
        assertPlan(new Operation.Append(K, Bytes.utf8("789")), Map.of(K, "0123456789"), new Reply.Int(10));
        assertFails(new Operation.Append(K, Bytes.utf8("789X")), Failure.TOO_LARGE, tooLarge);
    }

    @Test
    void several_keys_are_set_and_the_last_value_of_a_key_counts() {
        assertPlan(
                new Operation.MultiSet(List.of(K, L, K), List.of(Bytes.utf8("1"), Bytes.utf8("2"), Bytes.utf8("3"))),
                Map.of(K, "3", L, "2"),
                Reply.Ok.OK);
    }

    @Test
    void only_what_is_there_is_deleted_and_counted_once() {
        given(K, "1");
        given(M, "");
        assertPlan(new Operation.Delete(List.of(K, L, K, M)), removed(K, M), new Reply.Int(2));
        assertPlan(new Operation.Delete(List.of(L)), Map.of(), new Reply.Int(0));
    }

    @Test
    void a_value_is_taken_away() {
        assertPlan(new Operation.GetDelete(K), Map.of(), Reply.Value.NONE);
        given(K, "v");
        assertPlan(new Operation.GetDelete(K), removed(K), value("v"));
        given(K, "");
        assertPlan(new Operation.GetDelete(K), removed(K), value(""));
    }

    @Test
    void an_appended_value_is_logged_in_full() {
        assertPlan(new Operation.Append(K, Bytes.utf8("ab")), Map.of(K, "ab"), new Reply.Int(2));
        given(K, "ab");
        assertPlan(new Operation.Append(K, Bytes.utf8("c")), Map.of(K, "abc"), new Reply.Int(3));
        assertPlan(new Operation.Append(K, Bytes.EMPTY), Map.of(K, "ab"), new Reply.Int(2));
    }

    @ParameterizedTest
    @CsvSource({
        // found, delta, sum
        ",5,5",
        "37,5,42",
        "0,-1,-1",
        "-9223372036854775808,9223372036854775807,-1",
        "9223372036854775806,1,9223372036854775807",
        "-9223372036854775807,-1,-9223372036854775808",
        ",-9223372036854775808,-9223372036854775808"
    })
    void a_counter_is_logged_as_its_sum(String before, long delta, long sum) {
        if (before != null) {
            given(K, before);
        }
        assertPlan(new Operation.Increment(K, delta), Map.of(K, Long.toString(sum)), new Reply.Int(sum));
    }

    @ParameterizedTest
    @CsvSource({
        "9223372036854775807,1",
        "1,9223372036854775807",
        "-9223372036854775808,-1",
        "-1,-9223372036854775808",
        "-9223372036854775808,-9223372036854775808"
    })
    void a_counter_does_not_wrap_around(String before, long delta) {
        given(K, before);
        assertFails(new Operation.Increment(K, delta), Failure.OVERFLOW, "increment or decrement would overflow");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "x",
                "1.5",
                "+1",
                "01",
                "-0",
                " 1",
                "1 ",
                "--1",
                "-",
                "1e3",
                "9223372036854775808",
                "-9223372036854775809",
                "000000000000000000001",
                "\u0661"
            })
    void only_canonical_numbers_count(String before) {
        given(K, before);
        assertFails(new Operation.Increment(K, 1), Failure.NOT_AN_INTEGER, "value is not an integer or out of range");
    }

    private Reply read(Operation.Keyed read) {
        List<byte @Nullable []> values = new ArrayList<>();
        read.keys().forEach(key -> values.add(found.get(key)));
        return Writes.read(read, values, MAX_REPLY_BYTES);
    }

    @Test
    void reads_tell_absent_from_empty() {
        given(K, "v");
        given(L, "");
        assertThat(read(new Operation.Get(K))).isEqualTo(value("v"));
        assertThat(read(new Operation.Get(L))).isEqualTo(value(""));
        assertThat(read(new Operation.Get(M))).isEqualTo(Reply.Value.NONE);
        assertThat(read(new Operation.StringLength(K))).isEqualTo(new Reply.Int(1));
        assertThat(read(new Operation.StringLength(L))).isEqualTo(new Reply.Int(0));
        assertThat(read(new Operation.StringLength(M))).isEqualTo(new Reply.Int(0));
        assertThat(read(new Operation.MultiGet(List.of(M, K, L, K))))
                .isEqualTo(new Reply.Values(Arrays.asList(null, Bytes.utf8("v"), Bytes.EMPTY, Bytes.utf8("v"))));
        assertThat(read(new Operation.Exists(List.of(K, L, M, K))))
                .as("a key named twice counts twice")
                .isEqualTo(new Reply.Int(3));
    }

    @Test
    void an_answer_has_its_limit_too() {
        given(K, "01234567");
        assertThat(read(new Operation.MultiGet(List.of(K, M)))).isInstanceOf(Reply.Values.class);
        assertThat(read(new Operation.MultiGet(List.of(K, K))))
                .isEqualTo(new Reply.Failed(
                        Failure.TOO_LARGE, "the answer would have 16 bytes; the limit is 15: ask for fewer keys"));
        assertThat(read(new Operation.Exists(List.of(K, K))))
                .as("whose answer is one number")
                .isEqualTo(new Reply.Int(2));
        given(L, "0123456789abcdef");
        assertThat(read(new Operation.StringLength(L)))
                .as("whose answer is one number")
                .isEqualTo(new Reply.Int(16));
    }

    @Test
    void a_write_is_no_read() {
        assertThatThrownBy(() -> Writes.read(new Operation.GetDelete(K), List.of(), MAX_REPLY_BYTES))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
