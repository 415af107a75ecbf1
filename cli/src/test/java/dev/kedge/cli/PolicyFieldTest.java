package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kedge.cli.CommandException.BadInput;
import dev.kedge.schemas.command.Policy;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Policies as options, as files, and as they are shown. */
final class PolicyFieldTest {
    private static PolicyField field(String path) {
        return PolicyField.ALL.stream()
                .filter(f -> f.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyFieldHasAnOptionOfItsOwnAndSaysWhatItMeans() {
        assertThat(PolicyField.ALL).extracting(PolicyField::option).doesNotHaveDuplicates();
        assertThat(PolicyField.ALL)
                .allSatisfy(f -> assertThat(f.description()).as(f.path()).isNotBlank());
        assertThat(field("maxBytes").option()).isEqualTo("max-bytes");
        assertThat(field("evaluationMillis").option()).isEqualTo("evaluate-every");
        assertThat(field("migration.rollbackWindowMillis").option()).isEqualTo("migration-rollback-window");
    }

    @Test
    void whatIsShownCanBeGivenBack() {
        Map<String, Object> values = PolicyField.values(Policy.DEFAULTS);
        for (PolicyField f : PolicyField.ALL) {
            Object value = values.get(f.path());
            assertThat(f.parse(f.show(value))).as(f.path()).isEqualTo(value);
        }
        assertThat(PolicyField.policy(values)).isEqualTo(Policy.DEFAULTS);
    }

    @ParameterizedTest
    @CsvSource({
        "maxBytes, 100g, 100000000000",
        "maxBytes, 100 GB, 100000000000",
        "maxBytes, 7, 7",
        "churnBytesPerHour, 2t, 2000000000000",
        "maxQps, 10000, 10000",
        "evaluationMillis, 90s, 90000",
    })
    void amountsHaveDecimalUnits(String path, String text, long value) {
        assertThat(field(path).parse(text)).isEqualTo(value);
    }

    @Test
    void sharesAreNumbersOrPercents() {
        assertThat(field("hysteresis").parse("0.2")).isEqualTo(0.2);
        assertThat(field("hysteresis").parse("20%")).isEqualTo(0.2);
    }

    @ParameterizedTest
    @CsvSource({
        "maxBytes, much",
        "maxBytes, -1",
        "maxBytes, 99999999t",
        "maxQps, 1.5",
        "maxQps, 10k",
        "minSamples, 3000000000",
        "hysteresis, half",
        "evaluationMillis, 10",
        "mode, perhaps",
        "migration.onDivergence, ignore",
    })
    void whatIsNoValueIsRefused(String path, String text) {
        assertThatThrownBy(() -> field(path).parse(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining(text);
    }

    @Test
    void aFileHoldsWhatShowPrints() {
        String shown = Json.write(Json.fields()
                .with("keyspace", "users")
                .with("origin", "cell")
                .with("policy", PolicyField.json(Policy.DEFAULTS.in(Policy.Mode.AUTO))));
        assertThat(PolicyFile.parse(shown)).isEqualTo(Policy.DEFAULTS.in(Policy.Mode.AUTO));
        assertThat(PolicyFile.parse(Json.write(PolicyField.json(Policy.DEFAULTS))))
                .isEqualTo(Policy.DEFAULTS);
    }

    @Test
    void aFileNeedNotSayEverythingAndMaySayItInWords() {
        Policy policy = PolicyFile.parse("""
                {"mode": "auto", "maxBytes": "5g", "maxQps": 700, "hysteresis": 0.3, "cooldownMillis": 5000,
                 "windowMillis": "30m", "migration": {"rollbackWindowMillis": "2s"}}
                """);
        assertThat(policy.mode()).isEqualTo(Policy.Mode.AUTO);
        assertThat(policy.maxBytes()).isEqualTo(5_000_000_000L);
        assertThat(policy.maxQps()).isEqualTo(700);
        assertThat(policy.hysteresis()).isEqualTo(0.3);
        assertThat(policy.cooldownMillis()).isEqualTo(5_000);
        assertThat(policy.windowMillis()).isEqualTo(1_800_000);
        assertThat(policy.migration().rollbackWindowMillis()).isEqualTo(2_000);
        assertThat(policy.mergeBytes()).as("not said").isEqualTo(Policy.DEFAULTS.mergeBytes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "maxQps=5",
                "{\"maxQps\": 5",
                "{\"maxQps\": 5} more",
                "{\"maxQsp\": 5}",
                "{\"maxQps\": 5, \"maxQps\": 6}",
                "{\"maxQps\": [5]}",
                "{\"maxQps\": null}",
                "{\"maxQps\": {\"a\": 1}}",
                "{\"mode\": \"perhaps\"}",
                "{\"migration\": {\"window\": 1}}",
            })
    void aFileWithAnythingElseIsRefused(String text) {
        assertThatThrownBy(() -> PolicyFile.parse(text)).isInstanceOf(BadInput.class);
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> PolicyFile.read(Path.of("target/no-such-policy.json")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("no-such-policy.json")
                .hasMessageContaining("kedge policy show --output json");
    }
}
