package dev.kedge.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.schemas.avro.Schemas;
import dev.kedge.schemas.registry.SchemaHistory.Version;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The build's check of schema changes: what was ever written stays readable. */
final class SchemaHistoryTest {
    static Stream<Schema> current() {
        return Stream.of(Schemas.COMMAND, Schemas.EVENT, Schemas.REPORT, Schemas.ROUTING, Schemas.SHARD);
    }

    @ParameterizedTest
    @MethodSource("current")
    void the_current_schema_reads_all_that_was_ever_written(Schema current) {
        for (Version old : versionsOf(current)) {
            assertThat(Compatibility.problem(current, old.schema()))
                    .as(
                            "src/main/avro/%s.avsc cannot read messages written under v%d. Give new fields a default; do not"
                                    + " remove or rename fields without default, branches or symbols.",
                            current.getName(), old.version())
                    .isNull();
        }
    }

    /** With -Dkedge.schemas.accept=new (or =replace) the history is brought up to date instead. */
    @ParameterizedTest
    @MethodSource("current")
    void the_newest_version_in_the_history_is_the_current_schema(Schema current) throws IOException {
        int newest = NewestVersion.of(current);
        if (NewestVersion.schema(current.getName(), newest).equals(current)) {
            return;
        }
        switch (System.getProperty("kedge.schemas.accept", "")) {
            case "new" -> NewestVersion.add(current, newest + 1);
            case "replace" -> NewestVersion.replace(current, newest);
            default ->
                throw new AssertionError("src/main/avro/" + current.getName()
                        + ".avsc differs from its newest version in the history, v" + newest + ". To add v"
                        + (newest + 1)
                        + " run: mvn -pl schemas test -Dtest='SchemaHistoryTest#the_newest*' -Dkedge.schemas.accept=new"
                        + " (=replace to rewrite v" + newest
                        + ", only while no log anywhere holds messages of it), and commit the result.");
        }
    }

    /** Ids stand in every message of every log; this list may only grow. */
    @Test
    void ids_never_change() {
        assertThat(SchemaHistory.load().stream()
                        .map(version -> version.id() + " " + version.name() + " v" + version.version()))
                .startsWith(
                        "1 CommandEnvelope v1",
                        "2 EventEnvelope v1",
                        "3 Report v1",
                        "4 RoutingRecord v1",
                        "5 ShardRecord v1",
                        "6 CommandEnvelope v2",
                        "7 EventEnvelope v2");
    }

    @Test
    void ids_and_versions_are_unique_and_rise() {
        List<Version> all = SchemaHistory.load();

        assertThat(all)
                .extracting(Version::id)
                .isSortedAccordingTo(Comparator.naturalOrder())
                .doesNotHaveDuplicates();
        current()
                .forEach(current -> assertThat(versionsOf(current))
                        .extracting(Version::version)
                        .startsWith(1)
                        .isSortedAccordingTo(Comparator.naturalOrder())
                        .doesNotHaveDuplicates());
    }

    @ParameterizedTest
    @MethodSource("current")
    void everything_is_documented(Schema current) {
        assertDocumented(current, current.getName());
    }

    private static void assertDocumented(Schema schema, String path) {
        switch (schema.getType()) {
            case RECORD -> {
                assertThat(schema.getDoc()).as("doc of %s", path).isNotBlank();
                for (Schema.Field field : schema.getFields()) {
                    String at = path + "." + field.name();
                    assertThat(field.doc()).as("doc of %s", at).isNotBlank();
                    assertDocumented(field.schema(), at);
                }
            }
            case ENUM -> assertThat(schema.getDoc()).as("doc of %s", path).isNotBlank();
            case ARRAY -> assertDocumented(schema.getElementType(), path);
            case UNION -> schema.getTypes().forEach(branch -> assertDocumented(branch, path + "/" + branch.getName()));
            default -> {}
        }
    }

    @Test
    void a_new_field_without_default_is_rejected() {
        Schema v1 = SchemaBuilder.record("R").fields().requiredString("a").endRecord();
        Schema v2 = SchemaBuilder.record("R")
                .fields()
                .requiredString("a")
                .requiredInt("b")
                .endRecord();

        assertThat(Compatibility.problem(v2, v1))
                .contains("READER_FIELD_MISSING_DEFAULT_VALUE")
                .contains("b");
    }

    @Test
    void changed_types_and_removed_branches_and_symbols_are_rejected() {
        Schema v1 = parse("[{'type':'enum','name':'E','symbols':['X','Y']},'string']");

        assertThat(Compatibility.problem(parse("[{'type':'enum','name':'E','symbols':['X']},'string']"), v1))
                .contains("ENUM");
        assertThat(Compatibility.problem(parse("[{'type':'enum','name':'E','symbols':['X','Y']}]"), v1))
                .contains("MISSING_UNION_BRANCH");
        assertThat(Compatibility.problem(parse("'int'"), parse("'long'"))).contains("TYPE_MISMATCH");
    }

    @Test
    void new_fields_with_defaults_new_branches_and_new_symbols_are_accepted() {
        assertThat(Compatibility.problem(
                        parse("[{'type':'enum','name':'E','symbols':['Y','X','Z']},'string']"),
                        parse("[{'type':'enum','name':'E','symbols':['X','Y']}]")))
                .isNull();
    }

    @Test
    void the_bundled_registry_takes_no_schema_it_does_not_bring() {
        BundledSchemaRegistry registry = new BundledSchemaRegistry();
        Schema other = SchemaBuilder.record("Report")
                .namespace("dev.kedge.avro")
                .fields()
                .requiredString("a")
                .endRecord();

        assertThat(registry.register("dev.kedge.avro.Report", Schemas.REPORT)).isEqualTo(3);
        assertThat(registry.byId(3)).isEqualTo(Schemas.REPORT);
        assertThat(registry.compatible("dev.kedge.avro.Report", Schemas.REPORT)).isTrue();
        assertThat(registry.compatible("dev.kedge.avro.Report", other)).isFalse();
        assertThatThrownBy(() -> registry.register("dev.kedge.avro.Report", other))
                .isInstanceOf(IncompatibleSchemaException.class)
                .hasMessageContaining("dev.kedge.avro.Report");
        assertThatThrownBy(() -> registry.byId(4711))
                .isInstanceOf(UnknownSchemaException.class)
                .hasMessageContaining("4711");
    }

    private static List<Version> versionsOf(Schema schema) {
        return SchemaHistory.load().stream()
                .filter(version -> version.subject().equals(schema.getFullName()))
                .toList();
    }

    private static Schema parse(String json) {
        return new Schema.Parser().parse(json.replace('\'', '"'));
    }
}
