package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.model.Bytes;
import dev.kedge.model.KeyRange;
import dev.kedge.model.Placement;
import dev.kedge.model.Slots;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RangeTextTest {
    private static KeyRange hash(String text) {
        return RangeText.parse(Placement.HASH, text);
    }

    private static KeyRange range(String text) {
        return RangeText.parse(Placement.RANGE, text);
    }

    @Test
    void slotsAreHexadecimalOrDecimal() {
        KeyRange expected = new KeyRange(Slots.bound(0x1000), Slots.bound(0x2000));
        assertThat(hash("0x1000-0x2000")).isEqualTo(expected);
        assertThat(hash("4096-8192")).isEqualTo(expected);
        assertThat(hash("0X1000-8192")).isEqualTo(expected);
    }

    @Test
    void endsMayBeOpen() {
        assertThat(hash("0x1000-")).isEqualTo(new KeyRange(Slots.bound(0x1000), null));
        assertThat(hash("-0x1000")).isEqualTo(new KeyRange(Bytes.EMPTY, Slots.bound(0x1000)));
        assertThat(hash("-")).isEqualTo(KeyRange.ALL);
        assertThat(range("-m")).isEqualTo(new KeyRange(Bytes.EMPTY, Bytes.utf8("m")));
        assertThat(range("m-")).isEqualTo(new KeyRange(Bytes.utf8("m"), null));
    }

    @Test
    void theFirstSlotIsTheStartAndTheOneAfterTheLastIsTheEnd() {
        assertThat(hash("0-16384")).isEqualTo(KeyRange.ALL);
        assertThat(hash("0x0000-0x4000")).isEqualTo(KeyRange.ALL);
    }

    @Test
    void keysMayHoldAnyByte() {
        assertThat(range("anna\\-maria-bob")).isEqualTo(new KeyRange(Bytes.utf8("anna-maria"), Bytes.utf8("bob")));
        assertThat(range("\\x00\\xff-z")).isEqualTo(new KeyRange(Bytes.hex("00ff"), Bytes.utf8("z")));
        assertThat(range("a\\\\-b")).isEqualTo(new KeyRange(Bytes.utf8("a\\"), Bytes.utf8("b")));
        assertThat(range("ä-")).isEqualTo(new KeyRange(Bytes.utf8("ä"), null));
        // 0x1000 may be a key
        assertThat(range("0x1000-0x2000")).isEqualTo(new KeyRange(Bytes.utf8("0x1000"), Bytes.utf8("0x2000")));
    }

    @Test
    void startAndEndByThemselvesNeedNoEscapeForDashes() {
        assertThat(RangeText.parse(Placement.RANGE, "a-b", "a-c"))
                .isEqualTo(new KeyRange(Bytes.utf8("a-b"), Bytes.utf8("a-c")));
        assertThat(RangeText.parse(Placement.RANGE, null, "m")).isEqualTo(new KeyRange(Bytes.EMPTY, Bytes.utf8("m")));
    }

    @ParameterizedTest
    @CsvSource({
        "HASH, 0x2000-0x1000, reversed",
        "HASH, 0x1000-0x1000, empty",
        "HASH, -0, empty",
        "HASH, 0x4000-, outside",
        "HASH, 0-0x4001, outside",
        "HASH, 16385-, outside",
        "HASH, 0xffffffff-, outside",
        "HASH, a-b, is no slot",
        "HASH, 0x-0x10, is no slot",
        "HASH, 0x1000, is no range",
        "RANGE, m, is no range",
        "RANGE, z-a, reversed",
        "RANGE, a-a, empty",
        "RANGE, a-b-c, several dashes",
        "RANGE, a\\q-b, begins nothing",
        "RANGE, a-\\x4, begins nothing",
        "RANGE, a-b\\, begins nothing",
    })
    void whatIsNoRangeIsRefusedInWords(Placement placement, String text, String words) {
        assertThatThrownBy(() -> RangeText.parse(placement, text))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @CsvSource({
        "HASH, 0x1000-0x2000",
        "HASH, 0x0000-",
        "RANGE, a\\-b-c\\\\",
        "RANGE, \\x00\\xe4-",
        "RANGE, -m",
    })
    void whatIsShownCanBeGivenBack(Placement placement, String text) {
        KeyRange range = RangeText.parse(placement, text);
        assertThat(RangeText.format(placement, range)).isEqualTo(text);
        assertThat(RangeText.parse(placement, RangeText.format(placement, range)))
                .isEqualTo(range);
    }
}
