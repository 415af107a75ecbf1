package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SimulateCommandTest {
    @Test
    void theResultIsOneObject() {
        Cli.Result result = new Cli().ok("simulate", "--seeds", "2", "--from", "7", "--output", "json");
        assertThat(result.out().lines()).as("%s", result).hasSize(1);
        assertThat(result.json().get("good").asBoolean()).isTrue();
        assertThat(result.json().get("from").asLong()).isEqualTo(7);
        assertThat(result.json().get("seeds").asLong()).isEqualTo(2);
        assertThat(result.err()).contains("2 seeds from 7", "all held");
    }

    @Test
    void asTextItIsAllOnStandardOutput() {
        Cli.Result result = new Cli().ok("simulate", "--seeds", "1", "--from", "7");
        assertThat(result.out()).contains("1 seeds from 7", "all held");
        assertThat(result.err()).isEmpty();
    }
}
