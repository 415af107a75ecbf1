package dev.kedge.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** docs/faults.md names a test for each of its rows, and each test it names exists. */
final class FaultsPageTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern NAMED = Pattern.compile("`(\\w+)#(\\w+)`");

    @Test
    void every_row_names_a_test_that_exists() throws IOException {
        Map<String, String> tests = testSources();
        List<String> wrong = new ArrayList<>();
        int rows = 0;
        for (String line : Files.readAllLines(ROOT.resolve("docs/faults.md"))) {
            if (!line.startsWith("| ") || line.startsWith("| ---") || line.startsWith("| component ")) {
                continue;
            }
            rows++;
            Matcher named = NAMED.matcher(line);
            boolean any = false;
            while (named.find()) {
                any = true;
                if (!isTest(tests.get(named.group(1)), named.group(2))) {
                    wrong.add(named.group(1) + "#" + named.group(2) + " is no test");
                }
            }
            if (!any) {
                wrong.add("names no test: " + line);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).isGreaterThan(30);
    }

    private static boolean isTest(@Nullable String source, String method) {
        return source != null
                && Pattern.compile("@(Test|ParameterizedTest|Property)\\b[^;{}]*?(\\{[^}]*\\}[^;{}]*?)?void " + method
                                + "\\(")
                        .matcher(source)
                        .find();
    }

    private static Map<String, String> testSources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.map(m -> m.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(module)) {
                    for (Path file :
                            files.filter(f -> f.toString().endsWith(".java")).toList()) {
                        String name = file.getFileName().toString();
                        sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
                    }
                }
            }
        }
        return sources;
    }
}
