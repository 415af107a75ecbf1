package dev.kedge.schemas.registry;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * All versions of all schemas ever committed, with their ids: {@code history/index} has one line per version (id, schema's
 * simple name, version, fingerprint) and {@code history/<name>/v<version>.avsc} its text. Lines and files are only ever
 * added: logs hold messages with these ids.
 */
final class SchemaHistory {
    static final String DIRECTORY = "/history";

    /** One committed version. */
    record Version(int id, String name, int version, Schema schema) {
        String subject() {
            return schema.getFullName();
        }
    }

    private SchemaHistory() {}

    /** @throws IllegalStateException if the index and the files do not belong together */
    static List<Version> load() {
        List<Version> versions = new ArrayList<>();
        for (String line : SchemaResource.text(DIRECTORY + "/index").lines().toList()) {
            if (!line.isBlank() && !line.startsWith("#")) {
                versions.add(parse(line));
            }
        }
        return versions;
    }

    /** What decides how the bytes of a message are read: docs and defaults may be reworded. */
    static String fingerprint(Schema schema) {
        return String.format("%016x", SchemaNormalization.parsingFingerprint64(schema));
    }

    static String line(int id, String name, int version, Schema schema) {
        return id + " " + name + " " + version + " " + fingerprint(schema);
    }

    private static Version parse(String line) {
        String[] words = line.trim().split("\\s+", -1);
        if (words.length != 4) {
            throw new IllegalStateException(
                    "the line '" + line + "' of history/index is not: id name version fingerprint");
        }
        Version version = new Version(
                Integer.parseInt(words[0]),
                words[1],
                Integer.parseInt(words[2]),
                SchemaResource.parse(DIRECTORY + "/" + words[1] + "/v" + words[2] + ".avsc"));
        if (!fingerprint(version.schema).equals(words[3])) {
            throw new IllegalStateException("history/" + words[1] + "/v" + words[2]
                    + ".avsc is not what was committed as id " + words[0]
                    + ": messages already written could not be read. Restore it, and add a new version instead.");
        }
        return version;
    }
}
