package dev.kedge.schemas.registry;

import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityResult;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.jspecify.annotations.Nullable;

/** BACKWARD compatibility: messages written under the older schema can be read under the newer. */
public final class Compatibility {
    private Compatibility() {}

    /** Where and why {@code reader} cannot read all that {@code writer} wrote, or null if it can. */
    public static @Nullable String problem(Schema reader, Schema writer) {
        SchemaCompatibilityResult result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult();
        if (result.getCompatibility() == SchemaCompatibilityType.COMPATIBLE) {
            return null;
        }
        StringBuilder problem = new StringBuilder();
        result.getIncompatibilities()
                .forEach(found -> problem.append(problem.isEmpty() ? "" : "; ")
                        .append(found.getType())
                        .append(" at ")
                        .append(found.getLocation())
                        .append(": ")
                        .append(found.getMessage()));
        return problem.toString();
    }
}
