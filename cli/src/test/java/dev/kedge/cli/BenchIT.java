package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The measurements, tiny: that they run to their end and tell what they are for. */
@Timeout(180)
final class BenchIT {
    @AfterAll
    static void quietAgain() {
        Logging.quiet();
    }

    @Test
    void copy() {
        Cli.Result copy = new Cli().ok("bench", "copy", "--rows", "4000", "--moves", "1", "--output", "json");
        assertThat(copy.err()).containsPattern("copied 1,\\d{3} rows in .* rows/s");
        JsonNode copies = onlyObject(copy).get("copies");
        assertThat(copies).hasSize(1);
        assertThat(copies.get(0).get("rows").asInt()).isBetween(1_000, 1_999);
        assertThat(copies.get(0).get("rowsPerSecond").asLong()).isPositive();
    }

    @Test
    void cutover() {
        Cli.Result cutover = new Cli()
                .ok(
                        "bench",
                        "cutover",
                        "--rows",
                        "2000",
                        "--migrations",
                        "1",
                        "--rate",
                        "200",
                        "--warm-up",
                        "1s",
                        "--output",
                        "json");
        assertThat(cutover.err())
                .containsPattern("over 1 migrations: stall p50 .* ms")
                .containsPattern("; 0 errors in [\\d,]+ operations");
        JsonNode json = onlyObject(cutover);
        assertThat(json.get("migrations")).hasSize(1);
        assertThat(json.get("stall").get("maxMicros").asLong()).isPositive();
        assertThat(json.get("longestMoving").get("maxMicros").asLong()).isPositive();
        assertThat(json.get("errors").asInt()).isZero();
    }

    @Test
    void memory() {
        Cli.Result memory = new Cli().ok("bench", "memory", "--rows", "3000", "--reads", "500", "--output", "json");
        assertThat(memory.err())
                .containsPattern("after 500 random reads: the worker's resident memory was at most \\d+ MB")
                .containsPattern("store on disk [\\d.]+ [kM]B");
        JsonNode json = onlyObject(memory);
        assertThat(json.get("rows").asInt()).isEqualTo(3_000);
        assertThat(json.get("residentBytesRead").asLong())
                .isGreaterThanOrEqualTo(json.get("residentBytesIdle").asLong())
                .isPositive();
        assertThat(json.get("diskBytes").asLong()).isPositive();
    }

    @Test
    void pace() {
        Cli.Result pace = new Cli()
                .ok(
                        "bench",
                        "pace",
                        "--rows",
                        "2000",
                        "--moves",
                        "1",
                        "--rate",
                        "200",
                        "--warm-up",
                        "1s",
                        "--output",
                        "json");
        JsonNode json = onlyObject(pace);
        assertThat(json.get("undisturbedP99Micros").asLong()).isPositive();
        assertThat(json.get("copies")).hasSize(2);
        assertThat(json.get("copies").get(0).get("targetP99Millis").isNull()).isTrue();
        assertThat(json.get("copies").get(1).get("targetP99Millis").asInt()).isEqualTo(10);
        assertThat(json.get("copies").get(1).get("p99Micros").asLong()).isPositive();
        assertThat(json.get("errors").asInt()).isZero();
    }

    private static JsonNode onlyObject(Cli.Result result) {
        assertThat(result.out().lines()).as("%s", result).hasSize(1);
        return result.json();
    }
}
