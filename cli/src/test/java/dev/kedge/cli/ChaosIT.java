package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chaos, short: every kind of fault, migrations there and back, everything checked. */
@Timeout(900) // of a machine that does much else
final class ChaosIT {
    @AfterAll
    static void quietAgain() {
        Logging.quiet();
    }

    @Test
    void whateverBreaksNothingIsLostDoubledOrStale() {
        Set<Long> before = children();
        Cli.Result chaos = new Cli().run("chaos", "--minutes", "1.2", "--output", "json");
        assertThat(chaos.status()).as("%s", chaos).isZero();
        JsonNode json = chaos.json();
        assertThat(json.get("good").asBoolean()).isTrue();
        assertThat(json.get("operations").asInt()).isGreaterThan(1_000);
        for (ChaosFault fault : ChaosFault.values()) {
            assertThat(json.get("faults").path(fault.name()).asInt())
                    .as("%s has struck", fault)
                    .isPositive();
        }
        assertThat(json.get("migrations").path("COMPLETED").asInt()).isPositive();
        assertThat(json.get("migrations").path("ROLLED_BACK").asInt()).isPositive();
        assertThat(json.get("failovers").asLong()).isPositive();
        assertThat(json.get("drained").asLong()).isPositive();
        Set<Long> left = children();
        left.removeAll(before);
        assertThat(left).as("processes left running").isEmpty();
    }

    @Test
    void badInputStartsNothing() {
        assertThat(new Cli().run("chaos", "--minutes", "0").status()).isEqualTo(2);
        assertThat(new Cli().run("chaos", "--clients", "33").status()).isEqualTo(2);
        assertThat(new Cli().run("chaos", "--keep", ".").status()).isEqualTo(2);
    }

    private static Set<Long> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }
}
