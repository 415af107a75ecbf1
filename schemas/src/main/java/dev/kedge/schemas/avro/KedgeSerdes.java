package dev.kedge.schemas.avro;

import dev.kedge.schemas.command.CommandEnvelope;
import dev.kedge.schemas.event.EventEnvelope;
import dev.kedge.schemas.registry.BundledSchemaRegistry;
import dev.kedge.schemas.registry.SchemaRegistry;
import dev.kedge.schemas.report.Report;
import dev.kedge.schemas.routing.RoutingRecord;
import dev.kedge.schemas.shard.ShardRecord;

/** The serdes of all topics of a cell. Thread-safe; one per process is enough. */
public final class KedgeSerdes {
    private final MessageSerde<CommandEnvelope> commands;
    private final MessageSerde<EventEnvelope> events;
    private final MessageSerde<Report> reports;
    private final MessageSerde<RoutingRecord> routing;
    private final ShardRecordCodec shardRecords;

    /**
     * Registers all schemas of this build.
     *
     * @throws dev.kedge.schemas.registry.SchemaRegistryException if the registry refuses or does not answer
     */
    public KedgeSerdes(SchemaRegistry registry) {
        commands = new MessageSerde<>(RecordCodec.of(CommandEnvelope.class, Schemas.COMMAND), registry);
        events = new MessageSerde<>(RecordCodec.of(EventEnvelope.class, Schemas.EVENT), registry);
        reports = new MessageSerde<>(RecordCodec.of(Report.class, Schemas.REPORT), registry);
        routing = new MessageSerde<>(RecordCodec.of(RoutingRecord.class, Schemas.ROUTING), registry);
        shardRecords = new ShardRecordCodec(RecordCodec.of(ShardRecord.class, Schemas.SHARD), registry);
    }

    /** The serdes of a cell without a registry server. */
    public static KedgeSerdes bundled() {
        return new KedgeSerdes(new BundledSchemaRegistry());
    }

    public MessageSerde<CommandEnvelope> commands() {
        return commands;
    }

    public MessageSerde<EventEnvelope> events() {
        return events;
    }

    public MessageSerde<Report> reports() {
        return reports;
    }

    /** Values only: a null value in the routing topic removes what its key names. */
    public MessageSerde<RoutingRecord> routing() {
        return routing;
    }

    public ShardRecordCodec shardRecords() {
        return shardRecords;
    }
}
