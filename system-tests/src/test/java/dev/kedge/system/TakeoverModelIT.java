package dev.kedge.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The model of fence, lease and takeover under docs/model, checked by SPIN. */
final class TakeoverModelIT {
    private static final Path CHECK = Path.of("..", "docs", "model", "check").toAbsolutePath();

    @Timeout(900) // of a machine that does much else; alone it takes some seconds
    @Test
    void with_all_rules_nothing_can_go_wrong_and_without_any_of_them_it_can() throws Exception {
        Needs.program("spin", "spin");
        Needs.program("gcc", "gcc");
        Process check =
                new ProcessBuilder(CHECK.toString()).redirectErrorStream(true).start();
        check.getOutputStream().close();
        String said = new String(check.getInputStream().readAllBytes(), UTF_8);

        assertThat(check.waitFor()).as(said).isZero();
        assertThat(said.lines().filter(line -> line.startsWith("ok "))).as(said).hasSize(22);
        assertThat(said).contains("holds: never stale, lost, doubled or two owners");
        assertThat(said.lines().filter(line -> line.contains("fails without it, as it must")))
                .hasSize(12);
    }
}
