package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import dev.kedge.schemas.command.Command.InitialTablet;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class TextTest {
    @Test
    void jsonQuotesWhatItMust() {
        assertThat(Json.write(Json.fields()
                        .with("a", "x\"y\\z\n\u0001")
                        .with("b", List.of(1, 2.5, true))
                        .with("c", null)
                        .with("d", Json.fields())
                        .with("e", Placement.HASH)
                        .with("f", Double.NaN)
                        .with("g", Bytes.hex("00"))
                        .with("h", Arrays.asList("x", null))))
                .isEqualTo(
                        "{\"a\":\"x\\\"y\\\\z\\n\\u0001\",\"b\":[1,2.5,true],\"c\":null,\"d\":{},\"e\":\"HASH\",\"f\":null,"
                                + "\"g\":\"\\\\x00\",\"h\":[\"x\",null]}");
    }

    @ParameterizedTest
    @CsvSource({"500ms, 500", "30s, 30000", "10m, 600000", "2h, 7200000", "1d, 86400000", "0s, 0"})
    void durationsHaveUnits(String text, long millis) {
        assertThat(new Durations().convert(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "s", "-1s", "1.5s", "1 s", "10 minutes"})
    void whatIsNoDurationIsRefused(String text) {
        assertThatThrownBy(() -> new Durations().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("no duration");
    }

    @Test
    void durationsAreShownShort() {
        assertThat(Durations.show(12)).isEqualTo("12 ms");
        assertThat(Durations.show(3_400)).isEqualTo("3.4 s");
        assertThat(Durations.show(312_000)).isEqualTo("5 m 12 s");
        assertThat(Durations.show(7_260_000)).isEqualTo("2 h 1 m");
        assertThat(Durations.showMicros(4_250)).isEqualTo("4.3 ms");
    }

    @Test
    void amountsAreShownShort() {
        assertThat(Amounts.count(1_234_567)).isEqualTo("1,234,567");
        assertThat(Amounts.bytes(999)).isEqualTo("999 B");
        assertThat(Amounts.bytes(8_800_000)).isEqualTo("8.8 MB");
        assertThat(Amounts.bytes(25_000_000_000L)).isEqualTo("25 GB");
    }

    @Test
    void sizesHaveUnits() {
        assertThat(Sizes.parse("512k").bytes()).isEqualTo(512 << 10);
        assertThat(Sizes.parse("2g").bytes()).isEqualTo(2L << 30);
        assertThatThrownBy(() -> Sizes.parse("2 gigs")).isInstanceOf(TypeConversionException.class);
    }

    @Test
    void tablesAlignTheirColumns() {
        String table = new Table("A", "LONGER").row("long cell", 1).row("x", "").render(Palette.NONE);
        assertThat(table).isEqualTo("A          LONGER\nlong cell  1\nx");
    }

    @Test
    void blocksGiveEachShardNeighbours() {
        assertThat(InitialLayout.blocks(List.of("a", "b"), 2))
                .containsExactly(
                        new InitialTablet(Bytes.EMPTY, "a"),
                        new InitialTablet(Slots.bound(0x1000), "a"),
                        new InitialTablet(Slots.bound(0x2000), "b"),
                        new InitialTablet(Slots.bound(0x3000), "b"));
    }

    @Test
    void vnodesAreDealtOutInTurn() {
        assertThat(InitialLayout.vnodes(List.of("a", "b"), 2))
                .extracting(InitialTablet::shard)
                .containsExactly("a", "b", "a", "b");
    }

    @Test
    void boundsSpreadEvenlyOverTheShards() {
        assertThat(InitialLayout.splitAt(Placement.RANGE, List.of("a", "b"), List.of("g", "n", "t")))
                .containsExactly(
                        new InitialTablet(Bytes.EMPTY, "a"),
                        new InitialTablet(Bytes.utf8("g"), "a"),
                        new InitialTablet(Bytes.utf8("n"), "b"),
                        new InitialTablet(Bytes.utf8("t"), "b"));
        assertThatThrownBy(() -> InitialLayout.splitAt(Placement.RANGE, List.of("a", "b", "c"), List.of("m")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("at least 2 positions");
        assertThatThrownBy(() -> InitialLayout.blocks(List.of("a"), 20_000)).isInstanceOf(BadInput.class);
    }
}
