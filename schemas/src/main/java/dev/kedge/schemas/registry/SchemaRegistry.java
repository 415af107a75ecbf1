package dev.kedge.schemas.registry;

import org.apache.avro.Schema;

/**
 * Gives schemas the ids that stand in every message. Implementations are thread-safe; calls may go over the network, so
 * callers keep what they were told: an id never changes its schema.
 */
public interface SchemaRegistry {
    /**
     * The id of the schema, registered under the subject if it is not yet.
     *
     * @throws IncompatibleSchemaException if messages already written could not be read under it
     * @throws SchemaRegistryUnreachable if the registry does not answer
     * @throws SchemaRegistryException if it refuses
     */
    int register(String subject, Schema schema);

    /**
     * The schema of an id.
     *
     * @throws UnknownSchemaException if there is none
     * @throws SchemaRegistryUnreachable if the registry does not answer; the same call may succeed later
     */
    Schema byId(int id);

    /**
     * Whether the schema could be registered as the subject's next version; true for a subject without versions.
     *
     * @throws SchemaRegistryUnreachable if the registry does not answer
     */
    boolean compatible(String subject, Schema schema);
}
