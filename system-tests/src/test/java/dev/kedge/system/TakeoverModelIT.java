package dev.kedge.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The model of fence, lease and takeover under docs/model, checked by SPIN. Skipped where that or gcc is not installed. */
final class TakeoverModelIT {
    private static final Path CHECK = Path.of("..", "docs", "model", "check").toAbsolutePath();

    @Timeout(900) // of a machine that does much else; alone it takes some seconds
    @Test
    void with_all_rules_nothing_can_go_wrong_and_without_any_of_them_it_can() throws Exception {
        for (String tool : List.of("spin", "gcc")) {
            assumeTrue(isOnPath(tool), tool + " is not on the PATH: apt-get install " + tool);
        }
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

    private static boolean isOnPath(String tool) throws IOException {
        try (Stream<String> directories = Stream.of(System.getenv("PATH").split(":"))) {
            return directories.anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
        }
    }
}
