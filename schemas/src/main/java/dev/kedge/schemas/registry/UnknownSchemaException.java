package dev.kedge.schemas.registry;

/** A message names a schema that the registry does not have. */
public final class UnknownSchemaException extends SchemaRegistryException {
    UnknownSchemaException(int id, String registry, String whatToDo) {
        super("the schema with id " + id + " is not in " + registry + ". " + whatToDo);
    }
}
