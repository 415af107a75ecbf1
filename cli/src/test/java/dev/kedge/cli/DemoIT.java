package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo, small: real processes, three moves under traffic, everything checked. */
@Timeout(180)
final class DemoIT {
    @AfterAll
    static void quietAgain() {
        Logging.quiet();
    }

    @Test
    void nothingIsLostAndNothingIsLeft() {
        Set<Long> before = children();
        Cli.Result demo =
                new Cli().run("demo", "--rows", "5000", "--rate", "1000", "--clients", "4", "--output", "json");
        assertThat(demo.status()).as("%s", demo).isZero();
        JsonNode json = demo.json();
        assertThat(json.get("good").asBoolean()).isTrue();
        assertThat(json.get("linearizable").asBoolean()).isTrue();
        assertThat(json.get("errors").asInt()).isZero();
        assertThat(json.get("operations").asInt()).isPositive();
        assertThat(json.get("seconds").asDouble()).isPositive();
        assertThat(json.get("leftData").isNull()).isTrue();
        List<String> outcomes = new ArrayList<>();
        for (JsonNode migration : json.get("migrations")) {
            outcomes.add(migration.get("outcome").asText());
            assertThat(migration.get("versionAfter").asLong())
                    .isGreaterThan(migration.get("versionBefore").asLong());
            assertThat(migration.get("measuredStallMicros").asLong()).isNotNegative();
            assertThat(migration.get("rows").asLong()).isBetween(1L, 5_000L + DemoRows.COUNTERS);
            assertThat(migration.get("bytes").asLong())
                    .isGreaterThan(migration.get("rows").asLong());
            assertThat(migration.get("moving").get("maxMicros").asLong()).isPositive();
            assertThat(migration.get("staying").get("maxMicros").asLong()).isPositive();
            JsonNode digests = migration.get("digests");
            assertThat(digests).as("both sides").hasSize(2);
            assertThat(digests.get(0).get("digest")).isEqualTo(digests.get(1).get("digest"));
        }
        assertThat(outcomes).containsExactly("ROLLBACK_WINDOW", "ROLLED_BACK", "COMPLETED");
        assertThat(timedPhases(json.get("migrations").get(0)))
                .containsExactly("PLANNED", "COPYING", "CATCHING_UP", "DUAL_WRITE", "VERIFYING", "CUTOVER");
        assertThat(timedPhases(json.get("migrations").get(1)))
                .containsSubsequence("CATCHING_UP", "VERIFYING", "CUTOVER", "CLEANUP");
        assertThat(timedPhases(json.get("migrations").get(2)))
                .containsSubsequence("COPYING", "CUTOVER", "ROLLBACK_WINDOW", "CLEANUP");
        Matcher directory = Pattern.compile("data removed from (\\S+)").matcher(demo.err());
        assertThat(directory.find()).as("%s", demo).isTrue();
        assertThat(Path.of(directory.group(1))).doesNotExist();
        assertThat(demo.err()).contains("LINEARIZABLE: no lost, no doubled, no stale read");
        Set<Long> left = children();
        left.removeAll(before);
        assertThat(left).as("processes left running").isEmpty();
    }

    /** Those that are over and took a time. */
    private static List<String> timedPhases(JsonNode migration) {
        List<String> phases = new ArrayList<>();
        for (JsonNode phase : migration.get("phases")) {
            if (!phase.get("millis").isNull()) {
                assertThat(phase.get("millis").asLong()).isNotNegative();
                phases.add(phase.get("phase").asText());
            }
        }
        return phases;
    }

    private static Set<Long> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }
}
