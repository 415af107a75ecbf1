package dev.kedge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code kedge} in a checkout of three files, with a Maven and JDKs that only write down how they are called, and nothing else to find: its
 * copy looks for JDKs below the test's directory.
 */
final class LauncherTest {
    private static final List<String> TOOLS = List.of(
            "bash",
            "cat",
            "cp",
            "date",
            "dirname",
            "env",
            "find",
            "flock",
            "grep",
            "head",
            "ls",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sort",
            "tail",
            "touch");

    private static final String MAVEN = """
            #!/usr/bin/env bash
            echo "$JAVA_HOME: $*" >>"$CALLS/mvn"
            echo '[INFO] Building kedge-schemas 0.1.0-SNAPSHOT [1/2]'
            if [[ -e $CALLS/broken ]]; then
              echo '[ERROR] A.java:[1,1] class expected'
              exit 1
            fi
            mkdir -p cli/target/quick schemas/target
            echo jar >cli/target/quick/kedge-cli-0.1.0-SNAPSHOT.jar
            echo jar >schemas/target/kedge-schemas.jar
            echo jar >"$CALLS/library.jar"
            printf '%s' "$PWD/schemas/target/kedge-schemas.jar:$CALLS/library.jar" >cli/target/quick/kedge.classpath
            """;

    private static final String JAVA = """
            #!/usr/bin/env bash
            echo "${0%/bin/java} $*" >>"$CALLS/java"
            for argument in "$@"; do
              if [[ $argument == -XX:ArchiveClassesAtExit=* ]]; then echo archive >"${argument#*=}"; fi
              if [[ $argument == fail ]]; then exit 7; fi
            done
            """;

    @TempDir
    Path temp;

    private Path root;
    private Path checkout;
    private Path path;
    private Path calls;
    private final Map<String, String> environment = new HashMap<>();

    private record Run(int status, String errors) {}

    @BeforeEach
    void makeCheckout() throws IOException {
        root = temp.toRealPath();
        checkout = Files.createDirectories(root.resolve("checkout"));
        path = Files.createDirectories(root.resolve("path"));
        calls = Files.createDirectories(root.resolve("calls"));
        for (String tool : TOOLS) {
            Path found = find(tool);
            if (found != null) { // flock is not everywhere
                executable(path.resolve(tool), "#!/bin/sh\nexec " + found + " \"$@\"\n");
            }
        }
        String script = Files.readString(Path.of("../kedge"));
        executable(checkout.resolve("kedge"), script.replaceAll("(?<= )/(usr|opt|Library)/", root + "/$1/"));
        executable(path.resolve("mvn"), MAVEN);
        source("pom.xml");
        source("cli/pom.xml");
        source("cli/src/main/java/A.java");
        environment.put("JAVA_HOME", jdk("jdk-21", "21.0.4", true).toString());
        environment.put("PATH", path.toString());
        environment.put("HOME", root.resolve("home").toString());
        environment.put("CALLS", calls.toString());
    }

    private static Path find(String tool) {
        return Arrays.stream(System.getenv("PATH").split(":", -1))
                .map(directory -> Path.of(directory, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private static void executable(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void source(String name) throws IOException {
        Path file = checkout.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "source");
    }

    private Path jdk(String name, String version, boolean compiler) throws IOException {
        Path home = root.resolve("usr/lib/jvm").resolve(name);
        executable(home.resolve("bin/java"), JAVA);
        if (compiler) {
            executable(home.resolve("bin/javac"), "");
        }
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private Run run(String... arguments) throws Exception {
        return run(checkout.resolve("kedge"), arguments);
    }

    private Run run(Path script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path errors = calls.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), Files.readString(errors));
    }

    private List<String> callsOf(String tool) throws IOException {
        Path written = calls.resolve(tool);
        return Files.exists(written) ? Files.readAllLines(written, UTF_8) : List.of();
    }

    private String lastStart() throws IOException {
        return callsOf("java").getLast();
    }

    @Test
    void the_first_start_builds_says_so_and_runs() throws Exception {
        Run run = run("route", "some key");
        assertThat(run)
                .isEqualTo(new Run(
                        0, "kedge: building for the first time, which takes a minute and downloads libraries\n"));
        assertThat(callsOf("mvn"))
                .containsExactly(environment.get("JAVA_HOME") + ": -B -ntp package -Pquick -pl cli -am");
        assertThat(lastStart())
                .startsWith(environment.get("JAVA_HOME") + " ")
                .endsWith(" dev.kedge.cli.Kedge route some key")
                .contains("/lib/kedge-cli-0.1.0-SNAPSHOT.jar:", "/lib/kedge-schemas.jar:", calls + "/library.jar")
                .contains("-XX:SharedArchiveFile=");
    }

    @Test
    void later_starts_build_nothing_and_say_nothing() throws Exception {
        run("route");
        assertThat(run("migrations")).isEqualTo(new Run(0, ""));
        assertThat(run("fail")).as("Kedge's own status").isEqualTo(new Run(7, ""));
        assertThat(callsOf("mvn")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", "cli/pom.xml", "cli/src/main/java/A.java", "cli/src/main/java/B.java"})
    void what_has_changed_is_built_and_named(String changed) throws Exception {
        run("route");
        source(changed);
        Files.setLastModifiedTime(
                checkout.resolve(changed), FileTime.from(Instant.now().plusSeconds(1)));
        Run run = run("route");
        assertThat(run.status).isZero();
        String named = run.errors.replaceFirst("^kedge: building, because (\\S+) has changed\n$", "$1");
        assertThat(changed).as("what was named, it or its directory").startsWith(named);
        assertThat(callsOf("mvn")).hasSize(2);
    }

    @Test
    void a_source_that_is_gone_is_a_change() throws Exception {
        run("route");
        Files.delete(checkout.resolve("cli/src/main/java/A.java"));
        assertThat(run("route").errors).isEqualTo("kedge: building, because cli/src/main/java has changed\n");
        assertThat(run("route").errors).isEmpty();
        assertThat(callsOf("mvn")).hasSize(2);
    }

    @Test
    void a_library_that_is_gone_is_built_for_again() throws Exception {
        run("route");
        Files.delete(calls.resolve("library.jar"));
        assertThat(run("route").errors)
                .isEqualTo("kedge: building, because " + calls.resolve("library.jar") + " is gone\n");
    }

    @Test
    void what_runs_keeps_its_jars_through_the_next_builds() throws Exception {
        run("route");
        String before = lastStart();
        Files.delete(checkout.resolve("cli/src/main/java/A.java"));
        run("route");
        assertThat(lastStart()).isNotEqualTo(before);
        String classpath = before.substring(before.indexOf(" -cp ") + 5, before.indexOf(" dev.kedge.cli.Kedge"));
        assertThat(Stream.of(classpath.split(":", -1)).map(Path::of)).hasSize(3).allMatch(Files::exists);
    }

    @Test
    void a_build_that_fails_shows_its_errors_and_is_tried_again() throws Exception {
        Files.createFile(calls.resolve("broken"));
        Run failed = run("route");
        assertThat(failed.status).isEqualTo(1);
        assertThat(failed.errors)
                .contains("[ERROR] A.java:[1,1] class expected\n", "kedge: the build failed; all of it is in ")
                .doesNotContain("[INFO]");
        assertThat(callsOf("java")).isEmpty();
        Files.delete(calls.resolve("broken"));
        assertThat(run("route").status).isZero();
        assertThat(callsOf("mvn")).hasSize(2);
    }

    @Test
    void without_a_jdk_it_says_what_it_needs_and_what_it_found() throws Exception {
        Path old = jdk("jdk-17", "17.0.15", true);
        Path jre = jdk("jre-21", "21.0.4", false);
        Files.delete(root.resolve("usr/lib/jvm/jdk-21/bin/javac"));
        Run run = run("route");
        assertThat(run.status).isEqualTo(2);
        assertThat(run.errors)
                .startsWith("kedge: needs a JDK of version 21 or newer (a JDK, not only a JRE). Install one, or point"
                        + " JAVA_HOME at it.\nkedge: Found:\n")
                .contains("  " + old + " (17)\n", "  " + jre + " (21, no compiler)\n");
        assertThat(callsOf("mvn")).isEmpty();
        assertThat(callsOf("java")).isEmpty();
    }

    @Test
    void the_newest_jdk_is_taken_where_none_was_chosen() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-17", "17.0.15", true).toString());
        Path newest = jdk("jdk-25", "25", true);
        assertThat(run("route").status).isZero();
        assertThat(lastStart()).startsWith(newest + " ").contains("--sun-misc-unsafe-memory-access=allow");
        environment.remove("JAVA_HOME");
        Files.createSymbolicLink(path.resolve("java"), root.resolve("usr/lib/jvm/jdk-21/bin/java"));
        assertThat(run("route").status).isZero();
        assertThat(lastStart())
                .as("the one on the path was chosen")
                .startsWith(root.resolve("usr/lib/jvm/jdk-21") + " ")
                .doesNotContain("--sun-misc-unsafe-memory-access");
    }

    @Test
    void without_maven_it_says_what_it_needs() throws Exception {
        Files.delete(path.resolve("mvn"));
        Run run = run("route");
        assertThat(run.status).isEqualTo(2);
        assertThat(run.errors).startsWith("kedge: needs Maven 3.8 or newer (the command mvn) to build itself.");
    }

    @Test
    void it_is_found_through_symbolic_links() throws Exception {
        Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("checkout/kedge"));
        Path linkToLink = Files.createSymbolicLink(root.resolve("link-to-link"), link);
        assertThat(run(linkToLink, "route").status).isZero();
        assertThat(Files.isDirectory(checkout.resolve("target/run"))).isTrue();
    }

    @Test
    void what_runs_for_long_gets_the_whole_compiler() throws Exception {
        String quick = "-XX:TieredStopAtLevel=1";
        for (String command : List.of("dev", "kafka", "worker", "orchestrator", "simulate", "chaos", "bench")) {
            run("--verbose", command, "x");
            assertThat(lastStart()).as(command).endsWith(" " + command + " x").doesNotContain(quick);
        }
        for (String command : List.of("route", "migrate", "--version")) {
            run(command);
            assertThat(lastStart()).as(command).contains(quick);
        }
    }

    @Test
    void further_options_reach_the_jvm() throws Exception {
        environment.put("KEDGE_OPTS", "-Xmx1g -Da=b");
        run("route");
        assertThat(lastStart()).contains(" -Xmx1g -Da=b -cp ");
    }
}
