package dev.kedge.schemas.registry;

/** The registry could not do what was asked. Says what was asked and what is wrong. */
public class SchemaRegistryException extends RuntimeException {
    public SchemaRegistryException(String message) {
        super(message);
    }

    public SchemaRegistryException(String message, Throwable cause) {
        super(message, cause);
    }
}
