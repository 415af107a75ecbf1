package dev.kedge.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
        assertThat(new Cli()
                        .ok("bench", "copy", "--rows", "4000", "--moves", "1")
                        .out())
                .containsPattern("copied 1,\\d{3} rows in .* rows/s");
    }

    @Test
    void cutover() {
        assertThat(new Cli()
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
                                "1s")
                        .out())
                .containsPattern("over 1 migrations: stall p50 .* ms")
                .containsPattern("; 0 errors in [\\d,]+ operations");
    }

    @Test
    void memory() {
        assertThat(new Cli()
                        .ok("bench", "memory", "--rows", "3000", "--reads", "500")
                        .out())
                .containsPattern("after 500 random reads: the worker's resident memory was at most \\d+ MB")
                .containsPattern("store on disk [\\d.]+ [kM]B");
    }
}
