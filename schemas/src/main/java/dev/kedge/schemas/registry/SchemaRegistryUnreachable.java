package dev.kedge.schemas.registry;

/** The registry does not answer, or answers that it cannot now. The same call may succeed later. */
public final class SchemaRegistryUnreachable extends SchemaRegistryException {
    SchemaRegistryUnreachable(String message, Throwable cause) {
        super(message, cause);
    }

    SchemaRegistryUnreachable(String message) {
        super(message);
    }
}
