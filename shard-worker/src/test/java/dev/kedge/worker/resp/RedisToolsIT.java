package dev.kedge.worker.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** redis-cli and redis-benchmark, as Debian's package redis-tools has them. Skipped where they are not installed. */
class RedisToolsIT {
    @BeforeAll
    static void tools() {
        for (String tool : List.of("redis-cli", "redis-benchmark")) {
            boolean found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                    .anyMatch(directory -> new File(directory, tool).canExecute());
            assumeTrue(found, tool + " is not on the PATH: apt-get install redis-tools");
        }
    }

    @Test
    void redis_cli_follows_moved() throws Exception {
        try (TwoWorkers workers = new TwoWorkers()) {
            int port = workers.firstPort;
            assertThat(cli(port, "SET", "a", "1")).startsWith("MOVED 15495 127.0.0.1:" + workers.secondPort);
            assertThat(cli(port, "-c", "SET", "a", "1")).isEqualTo("OK");
            assertThat(cli(port, "-c", "GET", "a")).isEqualTo("1");
            assertThat(cli(port, "-c", "SET", "b", "2")).isEqualTo("OK");
            workers.moveQuarter();
            assertThat(cli(port, "GET", "b")).startsWith("MOVED 3300 127.0.0.1:" + workers.secondPort);
            assertThat(cli(port, "-c", "GET", "b")).isEqualTo("2");
            assertThat(cli(port, "-3", "HELLO")).contains("proto 3");
            assertThat(cli(workers.secondPort, "--scan")).isEqualTo("b\na");
        }
    }

    @Test
    void redis_cli_finds_the_cluster_in_order() throws Exception {
        try (TwoWorkers workers = new TwoWorkers()) {
            workers.moveQuarter();
            String check = run("redis-cli", "--cluster", "check", "127.0.0.1:" + workers.firstPort);
            assertThat(check)
                    .contains("All nodes agree about slots configuration", "All 16384 slots covered")
                    .contains(
                            "slots:[0-4095],[8192-16383] (12288 slots) master",
                            "slots:[4096-8191] (4096 slots) master");
        }
    }

    @Test
    void redis_cli_loads_a_file_of_commands() throws Exception {
        try (TwoWorkers workers = new TwoWorkers()) {
            StringBuilder file = new StringBuilder();
            for (int i = 0; i < 5000; i++) {
                file.append("SET {b}").append(i).append(" \"v\\x41 ").append(i).append("\"\n");
            }
            String out =
                    runWithInput(file.toString(), "redis-cli", "-p", Integer.toString(workers.firstPort), "--pipe");
            assertThat(out).contains("errors: 0, replies: 5000");
            assertThat(cli(workers.firstPort, "GET", "{b}4999")).isEqualTo("vA 4999");
        }
    }

    @Test
    void redis_benchmark_runs_on_a_cluster_while_slots_move() throws Exception {
        try (TwoWorkers workers = new TwoWorkers()) {
            Thread mover = Thread.ofVirtual().start(() -> {
                await().until(() -> workers.firstServer.commands() > 5000);
                workers.moveQuarter();
            });
            String out = run(
                    "redis-benchmark",
                    "-p",
                    Integer.toString(workers.firstPort),
                    "--cluster",
                    "-t",
                    "set,get,incr",
                    "-n",
                    "20000",
                    "-P",
                    "16",
                    "-c",
                    "20",
                    "-r",
                    "10000",
                    "-q");
            mover.join();
            assertThat(out)
                    .contains("Cluster has 2 master nodes")
                    .containsPattern("SET: [0-9.]+ requests per second")
                    .containsPattern("GET: [0-9.]+ requests per second")
                    .containsPattern("INCR: [0-9.]+ requests per second")
                    .contains("Cluster slots configuration changed, fetching new one")
                    .doesNotContain("Error", "Could not fetch");
        }
    }

    @Test
    void redis_benchmark_runs_its_tests_on_one_worker() throws Exception {
        try (OneWorker worker = new OneWorker()) {
            worker.shards.map(worker.map().slots(8192, "s1").build());
            String out = run(
                    "redis-benchmark",
                    "-p",
                    Integer.toString(worker.port),
                    "-t",
                    "ping_inline,ping_mbulk,set,mset",
                    "-n",
                    "2000",
                    "-P",
                    "16",
                    "-q");
            assertThat(out)
                    .contains("PING_INLINE: ", "PING_MBULK: ", "MSET (10 keys): ")
                    .doesNotContain("Error", "WARNING");
        }
    }

    private static String cli(int port, String... args) throws Exception {
        String[] command = new String[args.length + 3];
        command[0] = "redis-cli";
        command[1] = "-p";
        command[2] = Integer.toString(port);
        System.arraycopy(args, 0, command, 3, args.length);
        return run(command);
    }

    private static String run(String... command) throws Exception {
        return runWithInput("", command);
    }

    private static String runWithInput(String input, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(out).isTrue();
        return out.strip();
    }
}
