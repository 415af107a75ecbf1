package dev.kedge.schemas.registry;

/** Messages already written could not be read under a schema. */
public final class IncompatibleSchemaException extends SchemaRegistryException {
    IncompatibleSchemaException(String subject, String why) {
        super("the schema is not BACKWARD compatible with what is registered for " + subject + ": " + why);
    }
}
