package dev.kedge.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/** Brings the committed history up to date. Works on the source files: those on the class path may be of the last build. */
final class NewestVersion {
    private static final Path HISTORY = Path.of("src/main/resources/history");
    private static final Path INDEX = HISTORY.resolve("index");

    private NewestVersion() {}

    static int of(Schema schema) throws IOException {
        return entries().stream()
                .filter(words -> words[1].equals(schema.getName()))
                .mapToInt(words -> Integer.parseInt(words[2]))
                .max()
                .orElse(0);
    }

    static Schema schema(String name, int version) throws IOException {
        return new Schema.Parser().parse(Files.readString(file(name, version)));
    }

    static void add(Schema schema, int version) throws IOException {
        for (int old = 1; old < version; old++) {
            assertThat(Compatibility.problem(schema, schema(schema.getName(), old)))
                    .isNull();
        }
        copy(schema, version);
        int id = 1
                + entries().stream()
                        .mapToInt(words -> Integer.parseInt(words[0]))
                        .max()
                        .orElse(0);
        List<String> lines = new ArrayList<>(Files.readAllLines(INDEX));
        lines.add(SchemaHistory.line(id, schema.getName(), version, schema));
        Files.write(INDEX, lines);
    }

    static void replace(Schema schema, int version) throws IOException {
        copy(schema, version);
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(INDEX)) {
            String[] words = line.split(" ", -1);
            boolean replaced =
                    words.length == 4 && words[1].equals(schema.getName()) && words[2].equals(String.valueOf(version));
            lines.add(
                    replaced
                            ? SchemaHistory.line(Integer.parseInt(words[0]), schema.getName(), version, schema)
                            : line);
        }
        Files.write(INDEX, lines);
    }

    private static void copy(Schema schema, int version) throws IOException {
        Files.createDirectories(HISTORY.resolve(schema.getName()));
        Files.copy(
                Path.of("src/main/avro", schema.getName() + ".avsc"),
                file(schema.getName(), version),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path file(String name, int version) {
        return HISTORY.resolve(name + "/v" + version + ".avsc");
    }

    private static List<String[]> entries() throws IOException {
        return Files.readAllLines(INDEX).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" ", -1))
                .toList();
    }
}
