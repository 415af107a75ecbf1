package dev.kedge.schemas.registry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * A registry without a server: the schemas committed with this build, under ids fixed when they were committed. Every build
 * of Kedge agrees on them, so cells that use it need no other. It learns nothing at run time.
 */
public final class BundledSchemaRegistry implements SchemaRegistry {
    private final Map<Integer, Schema> byId = new HashMap<>();
    private final List<SchemaHistory.Version> versions;

    public BundledSchemaRegistry() {
        versions = SchemaHistory.load();
        for (SchemaHistory.Version version : versions) {
            if (byId.put(version.id(), version.schema()) != null) {
                throw new IllegalStateException("history/index has the id " + version.id() + " twice");
            }
        }
    }

    /** @throws IncompatibleSchemaException if the schema is not one of the committed versions */
    @Override
    public int register(String subject, Schema schema) {
        for (SchemaHistory.Version version : versions) {
            if (version.subject().equals(subject) && version.schema().equals(schema)) {
                return version.id();
            }
        }
        throw new IncompatibleSchemaException(
                subject,
                "it is none of the versions bundled with this build, and the bundled registry takes no others. Commit it to"
                        + " the schema history, or name a registry server with --schema-registry http://host:port");
    }

    @Override
    public Schema byId(int id) {
        Schema schema = byId.get(id);
        if (schema == null) {
            throw new UnknownSchemaException(
                    id,
                    "the history bundled with this build",
                    "The message was written by a newer build (upgrade this one), or through a registry server (name it"
                            + " with --schema-registry http://host:port).");
        }
        return schema;
    }

    @Override
    public boolean compatible(String subject, Schema schema) {
        return versions.stream()
                .filter(version -> version.subject().equals(subject))
                .allMatch(version -> Compatibility.problem(schema, version.schema()) == null);
    }
}
