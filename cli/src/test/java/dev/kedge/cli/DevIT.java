package dev.kedge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole cell by one command: it comes up, keeps its data, and leaves nothing running, however it ends. */
@Timeout(180)
final class DevIT {
    @TempDir
    Path dir;

    @Test
    void dataIsKeptAndNoProcessIsLeft() throws IOException, InterruptedException, ExecutionException, TimeoutException {
        try (Dev dev = new Dev(dir.resolve("data"))) {
            Cli cli = dev.cli();
            assertThat(cli.json("shard", "list").get("shards")).hasSize(2);
            assertThat(cli.json("keyspace", "show", "default").get("tablets")).hasSize(2);
            cli.ok("put", "hello", "world");
            dev.process.destroy();
            dev.process.onExit().get(60, TimeUnit.SECONDS);
            dev.awaitNobodyLeft();
        }
        try (Dev again = new Dev(dir.resolve("data"))) {
            assertThat(again.cli().ok("get", "hello").out()).isEqualTo("world\n");
            again.process.destroyForcibly();
            again.awaitNobodyLeft();
        }
    }

    /** {@code kedge dev}, ready. */
    private static final class Dev implements AutoCloseable {
        final Process process;
        private final JsonNode ready;
        private final List<ProcessHandle> children;

        Dev(Path data) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Kedge.class.getName(),
                            "dev",
                            "--kafka-port",
                            "0",
                            "--port",
                            "0",
                            "--data-dir",
                            data.toString(),
                            "--output",
                            "json")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader out = process.inputReader(UTF_8);
            String line = out.readLine();
            if (line == null) {
                throw new IOException("kedge dev ended before it was ready");
            }
            ready = new ObjectMapper().readTree(line);
            children = process.descendants().toList();
            assertThat(children).as("Kafka, the control plane, two workers").hasSize(4);
        }

        Cli cli() {
            return new Cli("--bootstrap", ready.get("bootstrap").asText());
        }

        void awaitNobodyLeft() {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(children)
                            .filteredOn(ProcessHandle::isAlive)
                            .isEmpty());
        }

        @Override
        public void close() {
            children.forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
