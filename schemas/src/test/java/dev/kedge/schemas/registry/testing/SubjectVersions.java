package dev.kedge.schemas.registry.testing;

import dev.kedge.schemas.registry.Compatibility;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** What a registry remembers. A schema has one id, whatever the subjects it stands under. Guarded by itself. */
final class SubjectVersions {
    record Version(String subject, int version, int id, Schema schema) {}

    private final List<Schema> byId = new ArrayList<>();
    private final Map<String, List<Version>> bySubject = new TreeMap<>();

    /** The version of exactly this schema, or null. */
    synchronized @Nullable Version find(String subject, Schema schema) {
        return versions(subject).stream()
                .filter(version -> isSame(version.schema, schema))
                .findFirst()
                .orElse(null);
    }

    /** Why the schema cannot be the subject's next version, or null if it can. As BACKWARD says: by the latest one. */
    synchronized @Nullable String obstacle(String subject, Schema schema) {
        List<Version> versions = versions(subject);
        return versions.isEmpty() ? null : Compatibility.problem(schema, versions.get(versions.size() - 1).schema);
    }

    synchronized Version add(String subject, Schema schema) {
        Version known = find(subject, schema);
        if (known != null) {
            return known;
        }
        List<Version> versions = bySubject.computeIfAbsent(subject, s -> new ArrayList<>());
        Version added = new Version(subject, versions.size() + 1, idOf(schema), schema);
        versions.add(added);
        return added;
    }

    private int idOf(Schema schema) {
        for (int i = 0; i < byId.size(); i++) {
            if (isSame(byId.get(i), schema)) {
                return i + 1;
            }
        }
        byId.add(schema);
        return byId.size();
    }

    /** Docs count: they are part of what is handed out. */
    private static boolean isSame(Schema a, Schema b) {
        return a.toString().equals(b.toString());
    }

    synchronized @Nullable Schema byId(int id) {
        return id >= 1 && id <= byId.size() ? byId.get(id - 1) : null;
    }

    synchronized List<String> subjects() {
        return List.copyOf(bySubject.keySet());
    }

    synchronized List<Version> versions(String subject) {
        return List.copyOf(bySubject.getOrDefault(subject, List.of()));
    }
}
