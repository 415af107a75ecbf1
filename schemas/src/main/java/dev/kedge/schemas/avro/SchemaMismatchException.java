package dev.kedge.schemas.avro;

/** A Java message and its Avro schema do not say the same. A mistake in the build, found when a codec is constructed. */
public final class SchemaMismatchException extends RuntimeException {
    SchemaMismatchException(String path, String problem) {
        super("the schema and the Java type of " + path + " disagree: " + problem
                + ". Make src/main/avro and the record say the same, by name.");
    }
}
