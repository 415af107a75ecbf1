package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kedge.model.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns, inline words, and how answers are written. */
class TextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*|anything|true",
                "*|''|true",
                "''|''|true",
                "''|a|false",
                "h?llo|hello|true",
                "h?llo|hllo|false",
                "h*llo|hllo|true",
                "h*llo|heeeello|true",
                "h[ae]llo|hello|true",
                "h[ae]llo|hillo|false",
                "h[^e]llo|hallo|true",
                "h[^e]llo|hello|false",
                "h[a-c]llo|hbllo|true",
                "h[c-a]llo|hbllo|true",
                "h[a-c]llo|hdllo|false",
                "h[\\]]llo|h]llo|true",
                "\\*|*|true",
                "\\*|a|false",
                "a\\|a\\|true",
                "*a*b*c|xxaxxbxxc|true",
                "*a*b*c|xxaxxbxxcx|false",
                "*.*|a.b|true",
                "[ab|b|true",
                "a*|ba|false"
            })
    void patterns_are_redis_globs(String pattern, String text, boolean matches) {
        assertThat(new Glob(Bytes.utf8(pattern)).matches(Bytes.utf8(text))).isEqualTo(matches);
    }

    @Test
    void no_pattern_takes_long() {
        Glob glob = new Glob(Bytes.utf8("a*".repeat(500) + "b"));
        Bytes text = Bytes.utf8("a".repeat(4000));
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThat(glob.matches(text)).isFalse());
    }

    @Test
    void inline_words_are_split_as_in_redis() {
        assertThat(InlineWords.split("  a  'b c' \"d\\\"\\x41\\n\\q\" e\"f\" '' "))
                .containsExactly(
                        Bytes.utf8("a"), Bytes.utf8("b c"), Bytes.utf8("d\"A\nq"), Bytes.utf8("ef"), Bytes.EMPTY);
        assertThat(InlineWords.split("\"\\xff\\r\\t\\b\\a\\xg\"")).containsExactly(Bytes.hex("ff0d0908077867"));
        assertThat(InlineWords.split("'a\\'b\\c'")).containsExactly(Bytes.utf8("a'b\\c"));
        assertThat(InlineWords.split(" \t ")).isEmpty();
        for (String unbalanced : List.of("\"", "'", "\"a", "'a\\'", "\"a\"b", "'a'b", "a \"\\")) {
            assertThat(InlineWords.split(unbalanced)).as(unbalanced).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                9,
                10,
                99,
                100,
                -1,
                -10,
                12345678901234L,
                999_999_999_999_999_999L,
                1_000_000_000_000_000_000L,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                Long.MIN_VALUE + 1
            })
    void numbers_are_written_in_decimal(long number) {
        assertThat(written(new Answer.Int(number), 2)).isEqualTo(":" + number + "\r\n");
    }

    @Test
    void answers_look_different_in_resp3() {
        Answer one = new Answer.Int(1);
        assertThat(written(Answer.NIL, 2)).isEqualTo("$-1\r\n");
        assertThat(written(Answer.NIL, 3)).isEqualTo("_\r\n");
        assertThat(written(Answer.pairs("a", 1), 2)).isEqualTo("*2\r\n$1\r\na\r\n:1\r\n");
        assertThat(written(Answer.pairs("a", 1), 3)).isEqualTo("%1\r\n$1\r\na\r\n:1\r\n");
        assertThat(written(new Answer.Distinct(List.of(one)), 2)).isEqualTo("*1\r\n:1\r\n");
        assertThat(written(new Answer.Distinct(List.of(one)), 3)).isEqualTo("~1\r\n:1\r\n");
        assertThat(written(new Answer.Text("hé"), 2)).isEqualTo("$3\r\nh\u00c3\u00a9\r\n");
        assertThat(written(new Answer.Text("hé"), 3)).isEqualTo("=7\r\ntxt:h\u00c3\u00a9\r\n");
        assertThat(written(new Answer.Many(List.of(Answer.NIL, Answer.OK)), 3)).isEqualTo("*2\r\n_\r\n+OK\r\n");
    }

    @Test
    void an_error_stays_on_its_line() {
        assertThat(written(new Answer.Failure("ERR a\r\nb"), 2)).isEqualTo("-ERR a  b\r\n");
    }

    private static String written(Answer answer, int protocol) {
        ByteBuf out = Unpooled.buffer(1);
        RespWriter.write(out, answer, protocol);
        return out.toString(StandardCharsets.ISO_8859_1);
    }
}
