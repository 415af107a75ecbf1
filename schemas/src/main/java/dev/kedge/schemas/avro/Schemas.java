package dev.kedge.schemas.avro;

import dev.kedge.schemas.registry.SchemaResource;
import org.apache.avro.Schema;

/** The schemas of this build. */
public final class Schemas {
    public static final Schema COMMAND = current("CommandEnvelope");
    public static final Schema EVENT = current("EventEnvelope");
    public static final Schema REPORT = current("Report");
    public static final Schema ROUTING = current("RoutingRecord");
    public static final Schema SHARD = current("ShardRecord");

    private Schemas() {}

    private static Schema current(String name) {
        return SchemaResource.parse("/avro/" + name + ".avsc");
    }
}
