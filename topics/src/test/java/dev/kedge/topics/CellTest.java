package dev.kedge.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CellTest {
    @Test
    void topics_are_named_after_the_cell() {
        Cell cell = new Cell("eu-1");

        assertThat(cell.commands()).isEqualTo("eu-1.commands");
        assertThat(cell.reports()).isEqualTo("eu-1.reports");
        assertThat(cell.events()).isEqualTo("eu-1.events");
        assertThat(cell.routing()).isEqualTo("eu-1.routing");
        assertThat(cell.shardLog("shard-1")).isEqualTo("eu-1.shard.shard-1.g1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "a.b", "-a", "_a", "a b", "a/b", "ä", "a\n", ".."})
    void what_cannot_stand_in_a_topic_name_is_refused(String name) {
        assertThatThrownBy(() -> new Cell(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "' is no name for a cell: use lower-case letters");
        assertThatThrownBy(() -> Cell.DEFAULT.shardLog(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no name for a shard");
    }

    @Test
    void the_longest_names_make_a_topic_name_kafka_takes() {
        String longest = "a".repeat(Names.MAX_LENGTH);

        assertThat(new Cell(longest).shardLog(longest)).hasSizeLessThanOrEqualTo(249);
        assertThatThrownBy(() -> new Cell(longest + "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("may have 100 characters; this has 101");
    }
}
